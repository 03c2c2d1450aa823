import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Query } from '../../../example/database/index.ts'
import { identify } from '../../../example/identity.ts'
import { keepPrivate, RIGHTS, rightsKey, rightsOf } from '../../../example/protected.ts'
import { restoreRight, revokeRight } from '../../../example/queries/rights.ts'

const Rights = Type.Object({ rights: Type.Array(Type.String()) })

const Changed = Type.Object({
  ...Rights.properties,
  seenEverywhere: Type.Boolean({
    description: 'Whether every instance obeys: this one from its next request, the others within a second; false where Redis could not be told yet: it will be, and until then others may grant what they have in the cache'
  })
})

/** One's own rights in one's workspace. To give one up, and to take it back, shows how soon it is obeyed; an app with real users asks who may. */
const rights: FastifyPluginAsyncTypebox = async fastify => {
  const cache = fastify.cache.namespace('permission')
  const schema = { params: Type.Object({ right: Type.Enum(RIGHTS) }), response: { 200: Changed } }
  keepPrivate(fastify)

  fastify.get('/', { schema: { response: { 200: Rights } } }, async request => ({ rights: await rightsOf(request, identify(request)) }))

  fastify.delete('/:right', { schema }, async request => await change(request, revokeRight, request.params.right))

  fastify.put('/:right', { schema }, async request => await change(request, restoreRight, request.params.right))

  async function change (request: FastifyRequest, query: Query<never>, right: string) {
    const user = identify(request)
    await fastify.database.query(query, [user.workspace, user.id, right])
    const told = await cache.delete(rightsKey(user))
    return { rights: await rightsOf(request, user), seenEverywhere: told || !cache.enabled }
  }
}

export default rights
