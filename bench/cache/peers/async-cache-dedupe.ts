import { createCache } from 'async-cache-dedupe'
import { Redis } from 'ioredis'
import { ROOM, TTL, type Load, type MemoryContestant, type RedisContestant } from '../contestant.ts'

export const asyncCacheDedupe: MemoryContestant[] = [
  inMemory('its default: shared', {}),
  inMemory('`transformer`: JSON', { transformer: { serialize: JSON.stringify, deserialize: JSON.parse } })
]

function inMemory (setUp: string, options: Pick<NonNullable<Parameters<typeof createCache>[0]>, 'transformer'>): MemoryContestant {
  return {
    name: 'async-cache-dedupe',
    setUp,
    async open (load) {
      const cache = createCache({ ttl: TTL, storage: { type: 'memory', options: { size: ROOM } }, ...options }).define('load', load)
      return { get: key => cache.load(key), close: async () => {} }
    }
  }
}

/** What one call was made for: its functions are defined once, for all keys. */
interface Call { readonly load: Load, readonly tags: readonly string[] }

/** It has one storage, memory or Redis, and no tier before it. */
export const asyncCacheDedupeInRedis: RedisContestant = {
  name: 'async-cache-dedupe',
  mostTags: Infinity,
  memory: false,
  async open (url, { ttl, tags }) {
    const client = new Redis(url)
    await client.ping()
    const calls = new Map<string, Call>()
    const cache = createCache({ ttl, storage: { type: 'redis', options: { client, invalidation: tags && { referencesTTL: ttl } } } })
      .define('load', { references: (key: string) => [...calls.get(key)?.tags ?? []] }, async (key: string) => await calls.get(key)?.load(key))
    const getOrSet = (key: string, load: Load, tags: readonly string[] = []) => {
      calls.set(key, { load, tags })
      return cache.load(key)
    }
    return {
      getOrSet,
      get: key => cache.get('load', `load~${key}`),
      set: (key, value, tags = []) => cache.set('load', `load~${key}`, value, ttl, [...tags]),
      delete: keys => Promise.all(keys.map(key => cache.clear('load', key))),
      invalidateTag: tag => cache.invalidateAll([tag]),
      clear: () => cache.clear('load'),
      loadTellingTags: getOrSet,
      close: async () => { await client.quit() }
    }
  }
}
