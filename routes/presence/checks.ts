import createError from '@fastify/error'

const ID = 'text of 1 to 128 bytes without control characters'

/** A room is longer, empty, or has control characters. */
export class BadRoomError extends createError('FST_EXAMPLE_BAD_ROOM', `a room is ${ID}`, 400) {}

/** One of the ids is no such text, or there are too many. */
export class BadIdsError extends createError('FST_EXAMPLE_BAD_IDS', `ids are 1 to 200, each ${ID}, with commas between them`, 400) {}

/** Schemas count characters; presence counts bytes. */
export function checkRoom (room: string): string {
  if (!isId(room)) throw new BadRoomError()
  return room
}

/** Each once, in the order given. */
export function readIds (ids: string): string[] {
  const list = [...new Set(ids.split(','))]
  if (list.length > 200 || !list.every(isId)) throw new BadIdsError()
  return list
}

function isId (text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= 128 && text.isWellFormed() && !/\p{Cc}/u.test(text)
}
