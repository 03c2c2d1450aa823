import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisDriver } from 'bentocache/drivers/redis'
import { Redis } from 'ioredis'
import { ROOM, TTL, type Load, type MemoryContestant, type RedisContestant } from '../contestant.ts'

export const bentocache: MemoryContestant[] = [
  inMemory('its default: JSON', true),
  inMemory('`serialize: false`', false)
]

function inMemory (setUp: string, serialize: boolean): MemoryContestant {
  return {
    name: 'bentocache',
    setUp,
    async open (load) {
      const store = bentostore().useL1Layer(memoryDriver({ maxItems: ROOM, serialize }))
      const cache = new BentoCache({ default: 'bench', ttl: TTL * 1000, stores: { bench: store } })
      return {
        get: key => cache.getOrSet({ key, factory: () => load(key) }),
        close: () => cache.disconnectAll()
      }
    }
  }
}

export const bentocacheInRedis: RedisContestant = {
  name: 'bentocache',
  mostTags: Infinity,
  memory: true,
  async open (url, { ttl }) {
    const connection = new Redis(url)
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: ROOM })).useL2Layer(redisDriver({ connection }))
    const cache = new BentoCache({ default: 'bench', ttl: ttl * 1000, stores: { bench: store } })
    await connection.ping()
    const getOrSet = (key: string, load: Load, options: { tags?: string[], forceFresh?: boolean }) => cache.getOrSet({ key, factory: () => load(key), ...options })
    return {
      getOrSet: (key, load, tags = []) => getOrSet(key, load, { tags: [...tags] }),
      get: key => cache.get({ key }),
      set: (key, value, tags = []) => cache.set({ key, value, tags: [...tags] }),
      delete: keys => cache.deleteMany({ keys: [...keys] }),
      invalidateTag: tag => cache.deleteByTag({ tags: [tag] }),
      clear: () => cache.clear(),
      refresh: (key, load) => getOrSet(key, load, { forceFresh: true }),
      loadTellingTags: (key, load, tags) => cache.getOrSet({ key, factory: ({ setTags }) => { setTags([...tags]); return load(key) } }),
      close: () => cache.disconnectAll()
    }
  }
}
