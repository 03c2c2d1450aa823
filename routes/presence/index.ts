import createError from '@fastify/error'
import { fastifySSE } from '@fastify/sse'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { identify } from '../../example/identity.ts'
import { keepPrivate } from '../../example/protected.ts'
import type { CustomStatus, PresenceStatus, UserPresence } from '../../plugins/presence/index.ts'
import { checkRoom, readIds } from './checks.ts'
import { OpenStreams, type OpenStream } from './open-streams.ts'
import { BulkQuery, type CustomStatusBody, Events, MemberList, RoomParams, StatusBody, StreamQuery, Users } from './schema.ts'
import { serveStream } from './stream.ts'

export interface PresenceRoutesOptions {
  /** Most milliseconds that a stream lasts; its client comes back within the grace. Default 5 minutes. */
  readonly maxStreamAge?: number
}

/** Another process may hold the user's stream; a query of its URL reaches whichever process serves it. */
export class NoStreamError extends createError('FST_EXAMPLE_NO_STREAM',
  'this process holds no stream of yours in this room: open GET /presence/:room/stream?status=… anew, with the status you want', 409) {}

/** Redis could not be told. */
export class NotKeptError extends createError('FST_EXAMPLE_NOT_KEPT', 'the custom status could not be kept now: send it again later', 503) {}

/** Who is not seen in a room does not type there. */
export class NotHereError extends createError('FST_EXAMPLE_NOT_HERE', 'you are not seen in this room: open its stream first, and not as invisible', 409) {}

/** Who is there, and being there: an open stream is a connection. */
const routes: FastifyPluginAsyncTypebox<PresenceRoutesOptions> = async (fastify, { maxStreamAge: maxAge = 5 * 60_000 }) => {
  const { presence } = fastify
  const streams = new OpenStreams()
  // @fastify/sse ends none, and a server closes when the last response has ended.
  fastify.addHook('preClose', done => { streams.endAll(); done() })
  await fastify.register(fastifySSE, { heartbeatInterval: 20_000 })

  keepPrivate(fastify)
  fastify.addHook('onRequest', async request => { identify(request) })
  const perMinute = (max: number) => ({ rateLimit: { max, timeWindow: '1 minute', keyGenerator: (request: FastifyRequest) => identify(request).id } })

  fastify.get('/', { config: perMinute(120), schema: { querystring: BulkQuery, response: { 200: Users } } }, async ({ query: { ids, room } }) => {
    const found = await presence.getMany(readIds(ids), room === undefined ? undefined : checkRoom(room))
    return { users: Array.from(found, ([userId, user]) => ({ userId, ...user })) }
  })

  fastify.get('/:room', { config: perMinute(120), schema: { params: RoomParams, response: { 200: MemberList } } }, async ({ params }) => {
    const list = await presence.list(checkRoom(params.room))
    return { ...list, members: [...list.members] }
  })

  // No HEAD: it would be a stream that nobody reads.
  const stream = { sse: 'manual', exposeHeadRoute: false, schema: { produces: ['text/event-stream'], params: RoomParams, querystring: StreamQuery, response: { 200: Events } } } as const
  fastify.get('/:room/stream', { ...stream, config: perMinute(60) }, async (request, reply) => {
    const { status = 'online', lastEventId } = request.query
    const room = checkRoom(request.params.room)
    const last = request.headers['last-event-id']?.toString() ?? lastEventId
    await serveStream(presence, streams, reply, { user: identify(request), room, status, lastEventId: last, maxAge })
  })

  fastify.post('/:room/status', { config: perMinute(60), schema: { params: RoomParams, body: StatusBody, response: { 204: Type.Null() } } }, async (request, reply) => {
    const { id: userId } = identify(request)
    const { status, customStatus } = request.body
    const own = streams.find(userId, checkRoom(request.params.room))
    if (status !== undefined && own.length === 0) throw new NoStreamError()
    if (customStatus !== undefined && !await presence.setCustomStatus(userId, until(customStatus))) {
      throw own.length === 0 ? new NoStreamError() : new NotKeptError()
    }
    if (status !== undefined) for (const stream of own) setStatus(stream, status)
    return reply.code(204).send(null)
  })

  fastify.post('/:room/typing', { config: perMinute(60), schema: { params: RoomParams, response: { 204: Type.Null() } } }, async (request, reply) => {
    const { id: userId } = identify(request)
    const room = checkRoom(request.params.room)
    const own = streams.find(userId, room)
    // Who hides is not to be given away by what he types. Where another process has his stream, presence is asked whether he is seen.
    const seen = own.length > 0 ? own.some(({ status }) => status !== 'invisible') : isSeen(await presence.get(userId, room))
    if (!seen) throw new NotHereError()
    await presence.signal(room, userId, 'typing')
    return reply.code(204).send(null)
  })
}

export default routes

function setStatus (stream: OpenStream, status: PresenceStatus): void {
  stream.connection.update({ status })
  stream.status = status
}

function until (given: Static<typeof CustomStatusBody> | null): CustomStatus | null {
  if (given === null) return null
  const { text, emoji, expiresInSeconds } = given
  return { text, emoji, expiresAt: expiresInSeconds === undefined ? undefined : Date.now() + expiresInSeconds * 1000 }
}

function isSeen ({ state }: UserPresence): boolean {
  return state === 'online' || state === 'away' || state === 'busy'
}
