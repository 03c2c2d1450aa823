import createError from '@fastify/error'
import type { FastifyReply } from 'fastify'
import type { PresenceEvent, PresenceStatus, Presence } from '../../plugins/presence/index.ts'
import type { User } from '../../example/identity.ts'
import type { OpenStream, OpenStreams } from './open-streams.ts'

/** Milliseconds after which a client should come back: within presence's grace, so that nobody sees him leave. */
const RETRY = 1000
/** Tabs of one user in this process. Who opens more has a bug, or no good in mind. */
const MOST_STREAMS = 20

/** The user has too many streams open in this process. */
export class TooManyStreamsError extends createError('FST_EXAMPLE_TOO_MANY_STREAMS', `at most ${MOST_STREAMS} streams at once: close one first`, 429) {}

export interface StreamRequest {
  readonly user: User
  readonly room: string
  readonly status: PresenceStatus
  readonly lastEventId: string | undefined
  /** Milliseconds. */
  readonly maxAge: number
}

/** Sends a room's events for as long as the client listens; so long its user is there. */
export async function serveStream (presence: Presence, streams: OpenStreams, reply: FastifyReply, request: StreamRequest): Promise<void> {
  const { user: { id: userId, name }, room, status, lastEventId, maxAge } = request
  if (streams.count(userId) >= MOST_STREAMS) throw new TooManyStreamsError()
  const { raw } = reply
  // The client went away while hooks ran: its end has been told already, and nobody is to see it come.
  if (raw.destroyed) return
  const ending = new AbortController()
  const end = (): void => {
    ending.abort()
    // What its peer does not read would never be flushed, and a server that closes would wait for it.
    if (raw.writableNeedDrain) raw.destroy()
  }
  const events = presence.watch(room, { signal: ending.signal, lastEventId })
  const stream: OpenStream = { userId, room, status, connection: presence.connect({ userId, room, status, meta: { name }, signal: ending.signal }), end }
  streams.add(stream)
  // Half of it is spread, so that streams which came together after a restart do not go together.
  const age = setTimeout(end, maxAge * (1 - Math.random() / 2)).unref()
  // Not in a `finally`: where a peer reads no more and goes, @fastify/sse waits on for its socket to drain.
  ending.signal.addEventListener('abort', () => {
    clearTimeout(age)
    streams.delete(stream)
  })
  raw.once('close', end)
  reply.header('cache-control', 'no-store').header('connection', 'close')
  await reply.sse.send(messages(events))
}

async function * messages (events: AsyncIterable<PresenceEvent>) {
  // Also makes the headers go out where no event is to be told yet.
  yield { retry: RETRY, data: undefined }
  for await (const event of events) {
    // A signal is not kept, so there is no coming back to it.
    yield event.type === 'signal' ? { data: event } : { id: event.id, data: event }
  }
}
