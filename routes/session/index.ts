import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { SIGNED_IN } from '../../example/documentation.ts'
import { identify, signIn, signOut, WORKSPACES } from '../../example/identity.ts'
import { NAME } from '../../example/line.ts'

const User = Type.Object({
  id: Type.String({ description: 'Random, a new one each sign-in' }),
  name: Type.String(),
  workspace: Type.Enum(WORKSPACES, { description: 'Where the user belongs: patients and figures of another are not shown' })
})

const body = Type.Object({
  name: Type.String({
    maxLength: 40,
    pattern: NAME,
    description: 'How others see you: one line, without blanks around it'
  }),
  workspace: Type.Enum(WORKSPACES, { default: 'north' })
})

/** A sign-in for the example: by a name alone, kept in a signed cookie. */
const session: FastifyPluginAsyncTypebox = async fastify => {
  const rateLimit = { max: 20, timeWindow: '1 minute' }
  fastify.post('/', { config: { rateLimit }, schema: { body, response: { 201: User } } }, async (request, reply) => {
    return reply.code(201).send(signIn(request, reply, request.body.name, request.body.workspace))
  })

  fastify.get('/', { schema: { security: SIGNED_IN, response: { 200: User } } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return identify(request)
  })

  fastify.delete('/', { schema: { response: { 204: Type.Null() } } }, async (request, reply) => {
    signOut(request, reply)
    return reply.code(204).send(null)
  })
}

export default session
