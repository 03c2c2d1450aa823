import { LRUCache } from 'lru-cache'
import { ROOM, TTL, type MemoryContestant } from '../contestant.ts'

export const lruCache: MemoryContestant[] = [
  {
    name: 'lru-cache',
    setUp: '`fetch`',
    async open (load) {
      const cache = new LRUCache<string, NonNullable<unknown>>({ max: ROOM, ttl: TTL * 1000, fetchMethod: async key => await load(key) ?? undefined })
      return { get: key => cache.fetch(key), close: async () => {} }
    }
  },
  {
    name: 'lru-cache',
    setUp: 'bare `get`',
    yardstick: true,
    async open (load) {
      const cache = new LRUCache<string, NonNullable<unknown>>({ max: ROOM, ttl: TTL * 1000 })
      const fill = async (key: string) => {
        const value = await load(key) ?? undefined
        cache.set(key, value)
        return value
      }
      // A hit needs no promise, and gets none.
      return { get: key => (cache.get(key) ?? fill(key)) as Promise<unknown>, close: async () => {} }
    }
  }
]
