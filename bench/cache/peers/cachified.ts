import { cachified as readThrough, createCacheEntry, type CacheEntry } from '@epic-web/cachified'
import { redisCacheAdapter } from 'cachified-redis-adapter'
import { LRUCache } from 'lru-cache'
import { createClient } from 'redis'
import { ROOM, TTL, type Load, type MemoryContestant, type RedisContestant } from '../contestant.ts'

export const cachified: MemoryContestant[] = [{
  name: '@epic-web/cachified',
  setUp: 'lru-cache',
  async open (load) {
    const cache = new LRUCache<string, CacheEntry>({ max: ROOM })
    return {
      get: key => readThrough({ key, cache, ttl: TTL * 1000, getFreshValue: () => load(key) }),
      close: async () => {}
    }
  }
}]

/** It has one cache, and no tier before it. */
export const cachifiedInRedis: RedisContestant = {
  name: '@epic-web/cachified',
  mostTags: 0,
  memory: false,
  async open (url, { ttl }) {
    const client = createClient({ url })
    await client.connect()
    const cache = redisCacheAdapter({
      get: key => client.get(key),
      set: (key, value, options) => client.set(key, value, options && { expiration: { type: 'EXAT', value: options.EXAT } }),
      del: key => client.del(key)
    })
    const getOrSet = (key: string, load: Load, forceFresh = false) => readThrough({ key, cache, ttl: ttl * 1000, forceFresh, getFreshValue: () => load(key) })
    return {
      getOrSet: (key, load) => getOrSet(key, load),
      get: async key => await cache.get(key),
      set: async (key, value) => await cache.set(key, createCacheEntry(value, { ttl: ttl * 1000 })),
      delete: async keys => await Promise.all(keys.map(key => cache.delete(key))),
      refresh: (key, load) => getOrSet(key, load, true),
      close: () => client.close()
    }
  }
}
