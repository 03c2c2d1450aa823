import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { grant, revoke, rightsOf } from './rights.ts'

const params = Type.Object({ userId: Type.String({ minLength: 1, maxLength: 100 }) })
const Right = Type.String({ pattern: '^[a-z]+:[a-z]+$', description: 'Such as patients:read' })

const Permissions = Type.Object({
  userId: Type.String(),
  rights: Type.Array(Type.String())
})

const Changed = Type.Object({
  ...Permissions.properties,
  seenEverywhere: Type.Boolean({
    description: 'Whether every instance obeys: this one from its next read, the others within a second; false where Redis could not be told yet: it will be, and until then others may grant what they have in the cache'
  })
})

/** Users' rights, which every request asks for and few change: cached, and obeyed at once where they change. */
const permissions: FastifyPluginAsyncTypebox = async fastify => {
  const cache = fastify.cache.namespace('permission')
  const read = async (userId: string) => await cache.getOrSet(['rights', userId], async () => await rightsOf(userId))

  fastify.get('/:userId', { schema: { params, response: { 200: Permissions } } }, async ({ params: { userId } }) => {
    return { userId, rights: await read(userId) ?? unknownUser() }
  })

  const body = Type.Union([Type.Object({ revoke: Right }, { additionalProperties: false }), Type.Object({ grant: Right }, { additionalProperties: false })])

  fastify.post('/:userId', { schema: { params, body, response: { 200: Changed } } }, async ({ params: { userId }, body }) => {
    if ('revoke' in body) await revoke(userId, body.revoke)
    else await grant(userId, body.grant)
    const told = await cache.delete(['rights', userId])
    return { userId, rights: await read(userId) ?? unknownUser(), seenEverywhere: told || !cache.enabled }
  })
}

export default permissions

function unknownUser (): never {
  throw Object.assign(new Error('there is no such user'), { statusCode: 404 })
}
