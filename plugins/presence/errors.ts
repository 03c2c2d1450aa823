import createError from '@fastify/error'

// Messages repeat nothing of what was given: ids and texts of users end in no log. What comes from a browser is for the route's
// schema to check; what still arrives here is a mistake of the app, hence 500.

const ID = 'must be text of 1 to 128 bytes in well-formed Unicode; where your ids are longer, give a hash of them'

/** A user id is no text, or too long. */
export class InvalidUserIdError extends createError<'FST_PRESENCE_INVALID_USER_ID', 500, [call: string]>(
  'FST_PRESENCE_INVALID_USER_ID', `%s: each user id ${ID}`, 500) {}

/** A room is no text, or too long, or none was named where `everywhere` is off. */
export class InvalidRoomError extends createError<'FST_PRESENCE_INVALID_ROOM', 500, [call: string, complaint?: string]>(
  'FST_PRESENCE_INVALID_ROOM', '%s: %s', 500) {
  constructor (call: string, complaint = `a room ${ID}`) {
    super(call, complaint)
  }
}

/** A connection's status is none of the four. */
export class InvalidStatusError extends createError<'FST_PRESENCE_INVALID_STATUS', 500, [call: string]>(
  'FST_PRESENCE_INVALID_STATUS', "%s: status must be 'online', 'away', 'busy' or 'invisible'", 500) {}

/** `meta` is not plain JSON, or too large. */
export class InvalidMetaError extends createError<'FST_PRESENCE_INVALID_META', 500, [call: string]>(
  'FST_PRESENCE_INVALID_META', '%s: meta must be plain JSON, which a trip through JSON.stringify does not change, of at most 1024 bytes', 500) {}

/** A custom status is not of its form, or too long. */
export class InvalidCustomStatusError extends createError<'FST_PRESENCE_INVALID_CUSTOM_STATUS', 500, [complaint: string]>(
  'FST_PRESENCE_INVALID_CUSTOM_STATUS', 'setCustomStatus: %s', 500) {}

/** A signal's name is no text, or too long. */
export class InvalidSignalError extends createError<'FST_PRESENCE_INVALID_SIGNAL', 500, []>(
  'FST_PRESENCE_INVALID_SIGNAL', "signal: its name must be text of 1 to 64 bytes in well-formed Unicode, such as 'typing'", 500) {}

/** No object where one is needed, a property in it that does not exist, or a signal that is none. */
export class InvalidPresenceArgumentError extends createError<'FST_PRESENCE_INVALID_ARGUMENT', 500, [call: string, complaint: string]>(
  'FST_PRESENCE_INVALID_ARGUMENT', '%s: %s', 500) {}

/** `watch` was given no signal, which alone can end a watch that waits for its next event. */
export class InvalidWatchError extends createError<'FST_PRESENCE_INVALID_WATCH', 500, []>(
  'FST_PRESENCE_INVALID_WATCH', 'watch: give { signal } of an AbortController that aborts when the reader is gone', 500) {}

/** The app is closed: nobody would see this connection. */
export class PresenceClosedError extends createError<'FST_PRESENCE_CLOSED', 503, []>(
  'FST_PRESENCE_CLOSED', 'connect: the app is closed', 503) {}
