import { Redis } from 'ioredis'
import { GroupLoader, Loader, RedisCache, RedisGroupCache } from 'layered-loader'
import { ROOM, TTL, type Load, type MemoryContestant, type RedisCache as Contestant, type RedisContestant } from '../contestant.ts'

export const layeredLoader: MemoryContestant[] = [
  inMemory('its default: `lru-map`', 'lru-map'),
  inMemory('`fifo-object`', 'fifo-object')
]

function inMemory (setUp: string, cacheType: 'lru-map' | 'fifo-object'): MemoryContestant {
  return {
    name: 'layered-loader',
    setUp,
    async open (load) {
      const loader = new Loader<unknown>({
        inMemoryCache: { cacheType, maxItems: ROOM, ttlInMsecs: TTL * 1000 },
        dataSourceGetOneFn: load
      })
      return { get: key => loader.get(key), close: () => loader.close() }
    }
  }
}

/** Its own tells the console of every loader that throws. */
const silent = { error: () => {} }

/** In place of tags it has groups: an entry is in one. */
export const layeredLoaderInRedis: RedisContestant = {
  name: 'layered-loader',
  mostTags: 1,
  memory: true,
  async open (url, { ttl, tags }) {
    const redis = new Redis(url)
    await redis.ping()
    // The loader is the cache's, not the call's.
    const loads = new Map<string, Load>()
    const get = async (key: string) => await loads.get(key)?.(key)
    const ttlInMsecs = ttl * 1000
    const close = async () => { await redis.quit() }
    if (tags) return grouped(redis, ttlInMsecs, loads, get, close)
    const loader = new Loader<unknown>({
      inMemoryCache: { maxItems: ROOM, ttlInMsecs },
      logger: silent,
      asyncCache: new RedisCache(redis, { prefix: 'bench', json: true, ttlInMsecs }),
      // The bench's values are their keys.
      cacheKeyFromValueResolver: String,
      dataSourceGetOneFn: get
    })
    return {
      getOrSet: (key, load) => loader.get(keep(loads, key, load)),
      get: key => loader.get(key),
      getMany: keys => loader.getMany([...keys]),
      set: (key, value) => loader.forceSetValue(key, value),
      delete: keys => loader.invalidateCacheForMany([...keys]),
      clear: () => loader.invalidateCache(),
      refresh: (key, load) => loader.forceRefresh(keep(loads, key, load)),
      close
    }
  }
}

function grouped (redis: Redis, ttlInMsecs: number, loads: Map<string, Load>, get: Load, close: () => Promise<void>): Contestant {
  const loader = new GroupLoader<unknown>({
    inMemoryCache: { maxItemsPerGroup: ROOM, maxGroups: 100, ttlInMsecs },
    asyncCache: new RedisGroupCache(redis, { prefix: 'bench', json: true, ttlInMsecs }),
    dataSources: [{ name: 'bench', getFromGroup: get, getManyFromGroup: keys => Promise.all(keys.map(get)) }]
  })
  return {
    getOrSet: (key, load, [group = ''] = []) => loader.get(keep(loads, key, load), group),
    invalidateTag: group => loader.invalidateCacheForGroup(group),
    close
  }
}

function keep (loads: Map<string, Load>, key: string, load: Load): string {
  loads.set(key, load)
  return key
}
