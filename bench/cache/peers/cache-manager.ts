import { createKeyv } from '@cacheable/memory'
import KeyvRedis from '@keyv/redis'
import { createCache } from 'cache-manager'
import { Keyv } from 'keyv'
import { ROOM, TTL, type MemoryContestant, type RedisContestant } from '../contestant.ts'
import { bareKeyv } from './keyv.ts'

export const cacheManager: MemoryContestant[] = [
  inMemory('its default: a Map without bound, JSON', () => new Keyv()),
  inMemory('a Map without bound, `serialize: undefined`', bareKeyv)
]

function inMemory (setUp: string, store: () => Keyv): MemoryContestant {
  return {
    name: 'cache-manager',
    setUp,
    async open (load) {
      const cache = createCache({ stores: [store()], ttl: TTL * 1000 })
      return {
        get: key => cache.wrap(key, () => load(key)),
        close: async () => { await cache.disconnect() }
      }
    }
  }
}

export const cacheManagerInRedis: RedisContestant = {
  name: 'cache-manager',
  mostTags: 0,
  memory: true,
  async open (url, { ttl }) {
    const redis = new KeyvRedis(url)
    const cache = createCache({ stores: [createKeyv({ lruSize: ROOM }), new Keyv({ store: redis })], ttl: ttl * 1000 })
    await redis.getClient()
    return {
      getOrSet: (key, load) => cache.wrap(key, () => load(key)),
      get: key => cache.get(key),
      getMany: keys => cache.mget([...keys]),
      set: (key, value) => cache.set(key, value),
      setMany: keys => cache.mset(keys.map(key => ({ key, value: key }))),
      delete: keys => cache.mdel([...keys]),
      clear: () => cache.clear(),
      close: async () => { await cache.disconnect() }
    }
  }
}
