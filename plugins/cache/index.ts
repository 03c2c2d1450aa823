import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import { optionsCheck, type WithDefaults } from '../../lib/options.ts'
import { DEFAULT_TTL, NamespaceCache, ROOT, type Shared } from './cache.ts'
import type { Cache, NamespaceOptions } from './interface.ts'
import { nullStore } from './store.ts'
import { UpstashStore } from './upstash-store.ts'

export { InvalidCacheArgumentError, InvalidCacheKeyError, UnserializableError } from './errors.ts'
export type * from './interface.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The cache; one that keeps nothing where no Redis is configured. */
    cache: Cache
  }
}

export interface CacheOptions {
  /** Begins every key of the cache in Redis, for apps that share a database: at most 200 visible ASCII characters; default `cache:`. */
  keyPrefix?: string | undefined
  /** Seconds that a value outside of a namespace is kept where a call does not say; default 300. */
  ttl?: number | undefined
  /** By name: changes the namespaces `api`, `query`, `aggregation`, `permission` and `report`, and configures others. */
  namespaces?: Record<string, NamespaceOptions> | undefined
}

const ttl = { type: 'number', exclusiveMinimum: 0 }

const checkOptions = optionsCheck<WithDefaults<CacheOptions>>('cache', {
  keyPrefix: { type: 'string', pattern: '^[\\x21-\\x7e]{0,200}$', default: 'cache:' },
  ttl: { ...ttl, default: DEFAULT_TTL },
  namespaces: {
    type: 'object',
    default: {},
    additionalProperties: { type: 'object', properties: { ttl }, additionalProperties: false }
  }
})

const CONFIGURED: Readonly<Record<string, NamespaceOptions>> = {
  api: {},
  query: {},
  aggregation: { ttl: 900 },
  permission: {},
  report: { ttl: 3_600 }
}

/** Decorates the app with `fastify.cache`. */
export const cache = fp<CacheOptions>(async (fastify, given) => {
  const { keyPrefix, ttl, namespaces } = checkOptions(given)
  assertDecoratorFree(fastify, 'cache', 'cache')
  const log = fastify.log.child({ plugin: 'cache' })
  const store = fastify.upstash === null ? nullStore : new UpstashStore(fastify.upstash)
  const shared: Shared = { store, keyPrefix, namespaces: new Map() }
  const root = new NamespaceCache(shared, ROOT, { ttl })
  for (const name of new Set([...Object.keys(CONFIGURED), ...Object.keys(namespaces)])) {
    root.namespace(name, { ttl: namespaces[name]?.ttl ?? CONFIGURED[name]?.ttl })
  }
  fastify.decorate('cache', root)
  fastify.addHook('onClose', () => store.settled())
  if (root.enabled) log.info('caching in Upstash')
  else log.info('caching is off, since there is no Redis: what would be cached is loaded each time')
}, { name: 'cache', fastify: '5.x', dependencies: ['upstash-client'] })

export default cache
