import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import { optionsCheck, type WithDefaults } from '../../lib/options.ts'
import { NamespaceCache, ROOT, type Shared } from './cache.ts'
import { Flights } from './flight.ts'
import type { Cache, NamespaceOptions } from './interface.ts'
import { Names } from './names.ts'
import { nullStore } from './store.ts'
import { UpstashStore } from './upstash-store.ts'

export { InvalidCacheArgumentError, InvalidCacheKeyError, LoadTimeoutError, UnserializableError } from './errors.ts'
export type * from './interface.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The cache; one that keeps nothing where no Redis is configured. */
    cache: Cache
  }
}

/** Beside options of the cache as a whole, those of what is in no namespace. */
export interface CacheOptions extends NamespaceOptions {
  /** Begins every name of the cache in Redis, for apps that share a database: at most 200 visible ASCII characters; default `cache:`. */
  keyPrefix?: string | undefined
  /** By name: changes the namespaces `api`, `query`, `aggregation`, `permission` and `report`, and configures others. */
  namespaces?: Record<string, NamespaceOptions> | undefined
}

const ofNamespace = {
  ttl: { type: 'number', exclusiveMinimum: 0 },
  jitter: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
  timeout: { type: 'number', minimum: 1, exclusiveMaximum: 2 ** 31 },
  staleness: { type: 'number', minimum: 0 },
  fence: { type: 'boolean' }
}

const checkOptions = optionsCheck<NamespaceOptions & WithDefaults<Omit<CacheOptions, keyof NamespaceOptions>>>('cache', {
  ...ofNamespace,
  keyPrefix: { type: 'string', pattern: '^[\\x21-\\x7e]{0,200}$', default: 'cache:' },
  namespaces: {
    type: 'object',
    default: {},
    additionalProperties: { type: 'object', properties: ofNamespace, additionalProperties: false }
  }
})

const CONFIGURED: Readonly<Record<string, NamespaceOptions>> = {
  api: {},
  query: {},
  aggregation: { ttl: 900 },
  permission: { staleness: 1 },
  report: { ttl: 3_600 }
}

/** Decorates the app with `fastify.cache`. */
export const cache = fp<CacheOptions>(async (fastify, given) => {
  const { keyPrefix, namespaces, ...ofRoot } = checkOptions(given)
  assertDecoratorFree(fastify, 'cache', 'cache')
  const log = fastify.log.child({ plugin: 'cache' })
  const [everything] = new Names(keyPrefix, ROOT).epochs
  const store = fastify.upstash === null ? nullStore : new UpstashStore(fastify.upstash, everything, log)
  const shared: Shared = { store, keyPrefix, flights: new Flights(), namespaces: new Map() }
  const root = new NamespaceCache(shared, ROOT, ofRoot)
  for (const name of new Set([...Object.keys(CONFIGURED), ...Object.keys(namespaces)])) {
    const given = Object.entries(namespaces[name] ?? {}).filter(([, value]) => value !== undefined)
    root.namespace(name, { ...CONFIGURED[name], ...Object.fromEntries(given) })
  }
  fastify.decorate('cache', root)
  fastify.addHook('onClose', () => store.close())
  if (root.enabled) log.info('caching in Upstash')
  else log.info('caching is off, since there is no Redis: what would be cached is loaded each time')
}, { name: 'cache', fastify: '5.x', dependencies: ['upstash-client'] })

export default cache
