import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { SIGNED_IN } from '../../example/documentation.ts'
import { identify } from '../../example/identity.ts'
import { findWards, follow, followedBy, setFree, wardRows } from './beds.ts'

/** Of everything that is made of the wards. */
const TAG = 'wards'

const Ward = Type.Object({ id: Type.String(), name: Type.String(), beds: Type.Integer(), free: Type.Integer() })
const Wards = Type.Array(Ward)
const Changed = Type.Object({ ward: Ward, seenEverywhere: Type.Boolean({ description: 'false: other instances may answer what they have for some seconds more' }) })
const Csv = Type.Unsafe<Readable>({ type: 'string', description: 'id, name, beds, free' })
const params = Type.Object({ id: Type.String({ maxLength: 100 }) })

/** Free beds: four ways in which replies are cached. */
const wards: FastifyPluginAsyncTypebox = async fastify => {
  // The same for everybody, and for a minute after its ten seconds sent at once while it is made anew.
  const list = { ttl: 10, staleWhileRevalidate: 60, staleIfError: 600, cookies: 'ignored' as const, query: [], tags: () => [TAG] }
  fastify.get('/', { config: { cache: list }, schema: { response: { 200: Wards } } }, async () => await findWards())

  // Each user has his own, which goes out as private. Who has not signed in gets no further than the guard.
  const own = { ttl: 30, user: identifyId, tags: (request: FastifyRequest) => [TAG, followedTag(identifyId(request))] }
  fastify.get('/followed', { config: { cache: own }, preHandler: mustSignIn, schema: { security: SIGNED_IN, response: { 200: Wards } } }, async request => await followedBy(identify(request).id))

  fastify.put('/followed/:id', { schema: { security: SIGNED_IN, params, response: { 204: Type.Null() } } }, async (request, reply) => {
    const { id } = identify(request)
    await follow(id, request.params.id)
    // That another URI's reply changes with this one's only the app knows.
    await fastify.responseCache.purge({ tags: [followedTag(id)] })
    return reply.code(204).send(null)
  })

  // Passed on row by row, and kept when it has ended.
  const rows = { ttl: 60, cookies: 'ignored' as const, tags: () => [TAG] }
  fastify.get('/export.csv', { config: { cache: rows }, schema: { produces: ['text/csv'], response: { 200: Csv } } }, async (_request, reply) => reply.type('text/csv; charset=utf-8').send(Readable.from(wardRows())))

  const body = Type.Object({ free: Type.Integer({ minimum: 0 }) })
  fastify.put('/:id', { schema: { security: SIGNED_IN, params, body, response: { 200: Changed } } }, async request => {
    identify(request)
    const ward = await setFree(request.params.id, request.body.free)
    if (ward === undefined) throw Object.assign(new Error('there is no such ward'), { statusCode: 404 })
    const told = await fastify.responseCache.purge({ tags: [TAG] })
    return { ward, seenEverywhere: told || !fastify.responseCache.enabled }
  })
}

export default wards

function followedTag (userId: string): string {
  return `followed-wards:${userId}`
}

function identifyId (request: FastifyRequest): string {
  return identify(request).id
}

async function mustSignIn (request: FastifyRequest): Promise<void> {
  identify(request)
}
