import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { UpstashState } from '../status/schema.ts'

const Health = Type.Object({
  status: Type.Literal('ok', { description: 'The app serves. A failing Redis does not change that.' }),
  upstash: UpstashState
})

/** For a host's health check: 200 for as long as the app serves. */
const health: FastifyPluginAsyncTypebox = async fastify => {
  fastify.get('/', { schema: { response: { 200: Health } } }, async () => ({
    status: 'ok' as const,
    upstash: fastify.upstash?.state ?? ('disabled' as const)
  }))
}

export default health
