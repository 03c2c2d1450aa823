import type { FastifyRequest, RouteHandlerMethod } from 'fastify'
import { Answer } from './answer.ts'
import { uriOf, userOf } from './asked.ts'
import type { Forward } from './cache-status.ts'
import { isForHandler } from './conditional.ts'
import { Exchange } from './exchange.ts'
import type { Parts } from './parts.ts'
import type { Policy } from './policy.ts'
import { isCacheable, uriText, type Uri } from './uri.ts'
import { baseKey } from './variant.ts'

/** Where an exchange waits for the last of the hooks. */
export const EXCHANGE = Symbol('fastify-upstash.response-cache.exchange')

declare module 'fastify' {
  interface FastifyReply {
    [EXCHANGE]: Exchange | null
  }
}

/** A handler in the place of a route's own: hooks and guards of every kind have passed by then. */
export function cachedHandler (parts: Parts, policy: Policy, handler: RouteHandlerMethod): RouteHandlerMethod {
  return function (request, reply): unknown {
    const run = () => handler.call(this, request, reply)
    const exchange = new Exchange(parts, policy, reply)
    reply[EXCHANGE] = exchange
    const uri = uriOf(request, policy)
    const user = userOf(request, policy)
    exchange.isPrivate = parts.enabled && user !== undefined && user !== null
    const pass = passes(parts, policy, { request, uri, user })
    if (pass !== undefined) {
      parts.counters.bypassed++
      exchange.status = { fwd: pass }
      return run()
    }
    const base = baseKey(uriText(uri), request.headers, policy, user ?? undefined)
    const answer = new Answer(parts, { policy, request, reply, exchange, run, uri }, base)
    // What is in memory is sent before anything is awaited.
    const hit = answer.atOnce()
    if (hit === undefined) return answer.give()
    reply.send(hit.payload)
  }
}

/** Why a request is none for the cache. */
function passes ({ enabled, hosts }: Parts, { ignoresCookies, user }: Policy, asked: { request: FastifyRequest, uri: Uri, user: string | number | undefined | null }): Forward | undefined {
  const { method, headers } = asked.request
  if (method !== 'GET' && method !== 'HEAD') return 'method'
  if (!enabled || asked.user === null || !isCacheable(asked.uri, hosts)) return 'bypass'
  if (headers.cookie !== undefined && user === undefined && !ignoresCookies) return 'bypass'
  return isForHandler(headers) ? 'request' : undefined
}
