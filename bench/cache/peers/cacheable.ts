import { createKeyv } from '@cacheable/memory'
import KeyvRedis from '@keyv/redis'
import { Cacheable } from 'cacheable'
import { Keyv } from 'keyv'
import { ROOM, TTL, type MemoryContestant, type RedisContestant } from '../contestant.ts'
import { bareKeyv } from './keyv.ts'

export const cacheable: MemoryContestant[] = [
  inMemory('its default: clones', () => createKeyv({ lruSize: ROOM })),
  inMemory('a Map without bound, `serialize: undefined`', bareKeyv)
]

function inMemory (setUp: string, primary: () => Keyv): MemoryContestant {
  return {
    name: 'cacheable',
    setUp,
    async open (load) {
      const cache = new Cacheable({ primary: primary(), ttl: TTL * 1000 })
      return {
        get: key => cache.getOrSet(key, () => load(key)),
        close: () => cache.disconnect()
      }
    }
  }
}

export const cacheableInRedis: RedisContestant = {
  name: 'cacheable',
  mostTags: Infinity,
  memory: true,
  async open (url, { ttl, tags }) {
    const redis = new KeyvRedis(url)
    const secondary = new Keyv({ store: redis })
    const cache = new Cacheable({ primary: createKeyv({ lruSize: ROOM }), secondary, ttl: ttl * 1000, tags })
    await redis.getClient()
    return {
      getOrSet: async (key, load, tags) => {
        // Its getOrSet takes no tags: with tags, this is what its callers write.
        if (tags === undefined) return await cache.getOrSet(key, () => load(key), { throwErrors: true })
        const found = await cache.get(key)
        if (found !== undefined) return found
        const value = await load(key)
        await cache.set(key, value, { tags: [...tags] })
        return value
      },
      get: key => cache.get(key),
      getMany: keys => cache.getMany([...keys]),
      set: (key, value, tags) => cache.set(key, value, tags === undefined ? {} : { tags: [...tags] }),
      setMany: keys => cache.setMany(keys.map(key => ({ key, value: key }))),
      delete: keys => cache.deleteMany([...keys]),
      invalidateTag: tag => cache.tags.invalidateTag(tag),
      clear: () => cache.clear(),
      close: () => cache.disconnect()
    }
  }
}
