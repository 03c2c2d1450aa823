import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import { InvalidOptionError, optionsCheck, type WithDefaults } from '../../lib/options.ts'
import type { UpstashClient } from '../upstash-client/index.ts'
import { NamespaceCache, type Family } from './cache.ts'
import { systemClock, type CacheClock } from './clock.ts'
import type { Cache, NamespaceOptions } from './interface.ts'
import { Names } from './names.ts'
import { ROOT, Shared } from './namespace.ts'
import { memoryOnlyStore, nullStore, type Store } from './store.ts'
import { UpstashStore } from './upstash-store.ts'

export { InvalidCacheArgumentError, InvalidCacheKeyError, LoadTimeoutError, UnserializableError } from './errors.ts'
export type { CacheHitMessage, CacheInvalidateMessage, CacheLoadMessage, CacheMissMessage } from './channels.ts'
export type { CacheClock } from './clock.ts'
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
  /** Keep everything in the memory of this process alone, whether there is a Redis or not; default false. */
  memoryOnly?: boolean | undefined
  /** For tests, which drive it. Default: the clocks of the machine. */
  clock?: CacheClock | undefined
}

const milliseconds = { type: 'number', minimum: 1, exclusiveMaximum: 2 ** 31 }
const seconds = { type: 'number', minimum: 0 }
const count = { type: 'integer', minimum: 1 }

const ofNamespace: Record<keyof NamespaceOptions, object> = {
  ttl: { type: 'number', exclusiveMinimum: 0 },
  jitter: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
  timeout: milliseconds,
  softTimeout: milliseconds,
  staleWhileRevalidate: seconds,
  staleIfError: seconds,
  lock: { type: 'boolean' },
  staleness: seconds,
  fence: { type: 'boolean' },
  memory: { anyOf: [{ const: false }, { type: 'object', properties: { bytes: count, entries: count }, additionalProperties: false }] },
  compressOver: count,
  maxEntrySize: count
}

type Checked = NamespaceOptions & WithDefaults<Omit<CacheOptions, keyof NamespaceOptions | 'clock'>>

const checkOptions = optionsCheck<Checked>('cache', {
  ...ofNamespace,
  memoryOnly: { type: 'boolean', default: false },
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
  permission: { staleness: 1, staleIfError: 0 },
  report: { ttl: 3_600, lock: true }
}

/** Decorates the app with `fastify.cache`. */
export const cache = fp<CacheOptions>(async (fastify, { clock = systemClock, ...given }) => {
  const { keyPrefix, namespaces, memoryOnly, ...ofRoot } = checkOptions(given)
  checkClock(clock)
  assertDecoratorFree(fastify, 'cache', 'cache')
  const log = fastify.log.child({ plugin: 'cache' })
  const store = memoryOnly ? memoryOnlyStore(keyPrefix) : storeOf(fastify.upstash, keyPrefix, log)
  const shared = new Shared({ store, keyPrefix, clock, log, alone: memoryOnly })
  const family: Family = { shared, caches: new Map() }
  const root = new NamespaceCache(family, ROOT, ofRoot)
  for (const name of new Set([...Object.keys(CONFIGURED), ...Object.keys(namespaces)])) {
    const given = Object.entries(namespaces[name] ?? {}).filter(([, value]) => value !== undefined)
    root.namespace(name, { ...CONFIGURED[name], ...Object.fromEntries(given) })
  }
  fastify.decorate('cache', root)
  fastify.addHook('onClose', async () => {
    await Promise.allSettled(shared.keeping)
    await store.close()
  })
  if (memoryOnly) log.info('caching in the memory of this process alone')
  else if (root.enabled) log.info('caching in Upstash')
  else log.info('caching is off, since there is no Redis: what would be cached is loaded each time')
}, { name: 'cache', fastify: '5.x', dependencies: ['upstash-client'] })

export default cache

function storeOf (client: UpstashClient | null, keyPrefix: string, log: FastifyBaseLogger): Store {
  if (client === null) return nullStore
  const [everything] = new Names(keyPrefix, ROOT, true).epochs
  return new UpstashStore(client, everything, log)
}

function checkClock (clock: unknown): void {
  const { now, elapsed } = Object(clock) as Partial<CacheClock>
  if (typeof now === 'function' && typeof elapsed === 'function') return
  throw new InvalidOptionError('cache', 'option clock must have the methods now() and elapsed()')
}
