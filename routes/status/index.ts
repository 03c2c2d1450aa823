import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { Status, type UpstashClientStatus } from './schema.ts'

/** What each plugin serves with, and its figures since the start of this process. */
const status: FastifyPluginAsyncTypebox = async fastify => {
  const { cache, database, presence, queue, responseCache } = fastify

  fastify.get('/', { schema: { response: { 200: Status } } }, async () => ({
    plugins: {
      'upstash-client': upstashClientStatus(fastify),
      cache: { serves: cache.enabled ? 'upstash' as const : 'null' as const, stats: cache.stats() },
      'response-cache': { serves: responseCache.enabled ? 'cache' as const : 'null' as const, stats: responseCache.stats() },
      presence: { serves: presence.enabled ? 'upstash' as const : 'local' as const, stats: presence.stats() },
      'queue-stub': { serves: queue.driver, ...(queue.disabledReason === undefined ? {} : { reason: queue.disabledReason }), stats: queue.stats() }
    },
    database: { state: database.state, stats: database.stats() }
  }))
}

export default status

function upstashClientStatus ({ upstash, upstashConfig: { credentials } }: FastifyInstance): Static<typeof UpstashClientStatus> {
  if (upstash !== null) return { serves: 'upstash', state: upstash.state, stats: upstash.stats() }
  const reason = credentials.status === 'unusable' ? credentials.problem : 'no credentials are configured'
  return { serves: 'null', reason, state: 'disabled' }
}
