import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { UpstashState } from '../status/schema.ts'

const Health = Type.Object({
  status: Type.Literal('ok', { description: 'The app serves. A failing Redis or database does not change that.' }),
  upstash: UpstashState,
  database: Type.Enum(['idle', 'starting', 'connected', 'unreachable'], { description: 'idle: nothing has asked it yet' })
})

/** For a host's health check: 200 for as long as the app serves. */
const health: FastifyPluginAsyncTypebox = async fastify => {
  // Under pressure too: a host would end the process, and its load would be the others'.
  fastify.get('/', { config: { pressureHandler: () => {} }, schema: { response: { 200: Health } } }, async () => ({
    status: 'ok' as const,
    upstash: fastify.upstash?.state ?? ('disabled' as const),
    database: fastify.database.state
  }))
}

export default health
