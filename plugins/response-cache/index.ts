import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import { InvalidOptionError, optionsCheck, type WithDefaults } from '../../lib/options.ts'
import type { MemoryLimits } from '../cache/index.ts'
import { Background } from './background.ts'
import { systemClock, type Clock } from './clock.ts'
import { Counters } from './counters.ts'
import { Flights } from './flights.ts'
import { cachedHandler, EXCHANGE } from './handler.ts'
import { CachedRoutes, isUnsafe, originOf, tagsMadeVoid, type Origin } from './invalidation.ts'
import type { ResponseCache, RouteCacheOptions } from './interface.ts'
import { addLastHooks, type OnSend } from './last-hooks.ts'
import { policyOf } from './policy.ts'
import { purgeTags } from './purge.ts'
import { ReplyStore } from './store.ts'

export { InvalidResponseCacheArgumentError, InvalidRouteCacheError } from './errors.ts'
export type * from './interface.ts'

/** Where an unsafe request was sent to. */
const ORIGIN = Symbol('fastify-upstash.response-cache.origin')

declare module 'fastify' {
  interface FastifyRequest {
    [ORIGIN]: Origin | null
  }
  interface FastifyInstance {
    /** The cache of routes' replies. */
    responseCache: ResponseCache
  }
  interface FastifyContextConfig {
    /** How the route's replies are cached: by `true`, as far as they say themselves how long. */
    cache?: RouteCacheOptions | boolean
  }
}

export interface ResponseCacheOptions {
  /** How this cache is called in the field Cache-Status: a token; default `fastify-upstash`. */
  name?: string | undefined
  /** The only hosts whose replies are cached, with their ports where those are not the scheme's own; default all. */
  hosts?: readonly string[] | undefined
  /** Bytes of a body: of a larger one nothing is kept; default 1 MB (1,048,576). */
  maxEntrySize?: number | undefined
  /** What this process holds in its memory, as of a namespace of the cache. */
  memory?: MemoryLimits | false | undefined
  /** Seconds that another process's invalidation may be seen late; default 5, as of a namespace of the cache. */
  staleness?: number | undefined
  /** Milliseconds that a request waits for the reply to another one, then its own handler runs; default 10,000. */
  waitTimeout?: number | undefined
  /** For tests, which drive it. Default: the clocks of the machine. */
  clock?: Clock | undefined
}

const count = { type: 'integer', minimum: 1 }

type Defaulted = WithDefaults<Pick<ResponseCacheOptions, 'name' | 'maxEntrySize' | 'waitTimeout'>>

const checkOptions = optionsCheck<Omit<ResponseCacheOptions, keyof Defaulted | 'clock'> & Defaulted>('response-cache', {
  name: { type: 'string', pattern: '^[A-Za-z*][!#$%&\'*+.^_`|~0-9A-Za-z:/-]*$', default: 'fastify-upstash' },
  hosts: { type: 'array', items: { type: 'string', minLength: 1 } },
  maxEntrySize: { ...count, maximum: 2 ** 29, default: 1_048_576 },
  memory: { anyOf: [{ const: false }, { type: 'object', properties: { bytes: count, entries: count }, additionalProperties: false }] },
  staleness: { type: 'number', minimum: 0 },
  waitTimeout: { ...count, exclusiveMaximum: 2 ** 31, default: 10_000 }
})

/** What a body grows by as text, with room for the fields. */
const TEXT_OF_A_BYTE = 4 / 3
const FIELDS = 262_144

/** A shared cache (RFC 9111) of the replies of routes that have `config.cache`, and `fastify.responseCache`. Register it before the routes. */
export const responseCache = fp<ResponseCacheOptions>(async (fastify, { clock = systemClock, ...given }) => {
  const { name, hosts, maxEntrySize, memory, staleness, waitTimeout } = checkOptions(given)
  const { now, elapsed } = Object(clock) as Partial<Clock>
  if (typeof now !== 'function' || typeof elapsed !== 'function') throw new InvalidOptionError('response-cache', 'option clock must have the methods now() and elapsed()')
  assertDecoratorFree(fastify, 'response-cache', 'responseCache')
  const log = fastify.log.child({ plugin: 'response-cache' })
  const { cache } = fastify
  const replies = cache.namespace('response', {
    fence: false, jitter: 0, maxEntrySize: Math.ceil(maxEntrySize * TEXT_OF_A_BYTE) + FIELDS, memory, staleness
  })
  const counters = new Counters()
  const allowed = hosts && new Set(hosts.map(host => host.toLowerCase()))
  const routes = new CachedRoutes(fastify, allowed)
  const parts = {
    enabled: cache.enabled,
    store: new ReplyStore(replies),
    flights: new Flights(clock),
    background: new Background(clock, counters),
    counters,
    clock,
    log,
    name,
    hosts: allowed,
    maxEntrySize,
    waitTimeout
  }

  fastify.decorateReply(EXCHANGE, null)
  fastify.decorateRequest(ORIGIN, null)
  fastify.decorate('responseCache', {
    enabled: cache.enabled,
    purge: async purge => await cache.invalidateTags(...purgeTags(purge, routes, allowed)),
    stats: () => ({ ...counters })
  })

  // What Fastify asks the socket of an injected request, when it tells the scheme.
  if (fastify.initialConfig.https !== undefined) {
    fastify.addHook('onRequest', (request, _reply, done) => {
      if (parts.background.current?.https === true) Object.assign(request.raw.socket, { encrypted: true })
      done()
    })
  }

  const finish: OnSend = (_request, reply, payload, done) => { done(null, reply[EXCHANGE] === null ? payload : reply[EXCHANGE].finish(payload)) }
  const invalidate: OnSend = (request, reply, payload, done) => {
    const tags = request[ORIGIN] === null ? [] : tagsMadeVoid(routes, request[ORIGIN], reply)
    if (tags.length === 0) return done(null, payload)
    counters.invalidated += tags.length
    cache.invalidateTags(...tags).then(() => done(null, payload), done)
  }
  fastify.addHook('onRoute', route => {
    const methods = [route.method].flat()
    const policy = policyOf({ method: methods.join(), url: route.url, cache: route.config?.cache, constraints: route.constraints, queryMark: routes.queryMark })
    const isToInvalidate = cache.enabled && methods.some(isUnsafe)
    if (policy !== undefined) {
      if (methods.includes('GET')) routes.add(route.url, policy)
      route.handler = cachedHandler(parts, policy, route.handler)
    }
    if (isToInvalidate) {
      route.onRequest = [...[route.onRequest ?? []].flat(), (request, _reply, done) => {
        if (isUnsafe(request.method)) request[ORIGIN] = originOf(request)
        done()
      }]
    }
    const hooks = [...(policy === undefined ? [] : [finish]), ...(isToInvalidate ? [invalidate] : [])]
    if (hooks.length > 0) addLastHooks(route, hooks)
  })

  if (cache.enabled) log.info('replies of routes with config.cache are cached')
  else log.info('replies of routes are not cached, since the cache keeps nothing')
}, { name: 'response-cache', fastify: '5.x', dependencies: ['cache'] })

export default responseCache
