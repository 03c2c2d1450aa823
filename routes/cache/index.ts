import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Cache, CacheKey } from '../../plugins/cache/index.ts'

const querystring = Type.Object({
  tag: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, description: 'All values with one of these tags' })),
  namespace: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$', description: 'All values of a namespace, or of these the key' })),
  key: Type.Optional(Type.String({ maxLength: 1000, description: 'Of the namespace; an array in JSON, or a string' }))
}, { additionalProperties: false })

const Invalidated = Type.Object({
  invalidated: Type.Boolean({ description: 'false: Redis could not be told yet; it will be, and this instance does not serve it any more' })
})

/** Invalidates what the cache has. There only with CACHE_ADMIN_TOKEN in the environment, and for who sends it. */
const cacheAdministration: FastifyPluginAsyncTypebox = async fastify => {
  const { CACHE_ADMIN_TOKEN: token = '' } = process.env
  if (token === '') return

  fastify.addHook('onRequest', async (request, reply) => {
    const { authorization = '' } = request.headers
    if (timingSafeEqual(digest(authorization), digest(`Bearer ${token}`))) return
    reply.header('www-authenticate', 'Bearer')
    throw Object.assign(new Error('send the token of the environment as Authorization: Bearer …'), { statusCode: 401 })
  })

  fastify.delete('/', { schema: { security: [{ administrator: [] }], querystring, response: { 200: Invalidated, 202: Invalidated } } }, async ({ query }, reply) => {
    const told = await invalidate(fastify.cache, query)
    return reply.code(told ? 200 : 202).send({ invalidated: told })
  })
}

export default cacheAdministration

/** Of equal length whatever was sent, as the comparison asks. */
function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

async function invalidate (cache: Cache, { tag = [], namespace, key }: { tag?: string[], namespace?: string, key?: string }): Promise<boolean> {
  if (!cache.enabled) return true
  if (tag.length > 0 && namespace === undefined && key === undefined) return await cache.invalidateTags(...tag)
  if (tag.length > 0 || namespace === undefined) {
    throw Object.assign(new Error('give either tag, or namespace, or namespace and key'), { statusCode: 400 })
  }
  const space = cache.namespace(namespace)
  return key === undefined ? await space.clear() : await space.delete(readKey(key))
}

function readKey (key: string): CacheKey {
  if (!key.startsWith('[')) return key
  try {
    return JSON.parse(key) as CacheKey
  } catch {
    throw Object.assign(new Error('key is neither an array in JSON nor a plain string'), { statusCode: 400 })
  }
}
