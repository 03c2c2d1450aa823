import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { identify, signIn, signOut } from '../../example/identity.ts'
import { sameOrigin } from '../../example/same-origin.ts'

const User = Type.Object({
  id: Type.String({ description: 'Random, a new one each sign-in' }),
  name: Type.String()
})

const body = Type.Object({
  name: Type.String({
    maxLength: 40,
    // No control characters, lone surrogates or marks that turn the direction of what follows.
    pattern: '^(?!\\s)[^\\p{Cc}\\p{Cs}\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]+(?<!\\s)$',
    description: 'How others see you: one line, without blanks around it'
  })
})

/** A sign-in for the example: by a name alone, kept in a signed cookie. */
const session: FastifyPluginAsyncTypebox = async fastify => {
  // A form of another site can send text; JSON it cannot.
  fastify.removeContentTypeParser('text/plain')
  fastify.addHook('onRequest', sameOrigin)

  const rateLimit = { max: 20, timeWindow: '1 minute' }
  fastify.post('/', { config: { rateLimit }, schema: { body, response: { 201: User } } }, async (request, reply) => {
    return reply.code(201).send(signIn(request, reply, request.body.name))
  })

  fastify.get('/', { schema: { response: { 200: User } } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    return identify(request)
  })

  fastify.delete('/', { schema: { response: { 204: Type.Null() } } }, async (request, reply) => {
    signOut(request, reply)
    return reply.code(204).send(null)
  })
}

export default session
