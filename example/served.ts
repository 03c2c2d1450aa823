import type { FastifyReply } from 'fastify'
import type { Cache, Served } from '../plugins/cache/index.ts'

/** How an answer was come by, as RFC 9211 says it. */
function cacheStatus (source: Served['source'], enabled: boolean): string {
  if (source !== 'loader' && source !== 'joined') return 'fastify-upstash; hit'
  return `fastify-upstash; ${enabled ? 'fwd=miss' : 'fwd=bypass'}${source === 'joined' ? '; collapsed' : ''}`
}

/**
 * For `onServed`: says in the reply how its value was come by (Cache-Status), from which tier and in how many milliseconds from now
 * (Server-Timing, of the W3C), so that a page can show it.
 */
export function tellServed (reply: FastifyReply, { enabled }: Pick<Cache, 'enabled'>): (served: Served) => void {
  const start = performance.now()
  return ({ source }) => {
    reply.header('cache-status', cacheStatus(source, enabled))
    reply.header('server-timing', `cache;desc=${source};dur=${(performance.now() - start).toFixed(1)}`)
  }
}

/** For the schemas of routes that tell. */
export const servedHeaders = {
  'cache-status': {
    type: 'string',
    description: 'How the answer was come by (RFC 9211): hit; fwd=miss; collapsed, where it shared another request\'s look-up; fwd=bypass, where there is no cache'
  },
  'server-timing': {
    type: 'string',
    description: 'cache;desc=memory, redis, stale, loader or joined;dur=milliseconds'
  }
}
