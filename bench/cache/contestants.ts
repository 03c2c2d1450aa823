import type { MemoryContestant, RedisContestant } from './contestant.ts'
import { ours, oursInRedis } from './ours.ts'
import { asyncCacheDedupe, asyncCacheDedupeInRedis } from './peers/async-cache-dedupe.ts'
import { bentocache, bentocacheInRedis } from './peers/bentocache.ts'
import { cacheManager, cacheManagerInRedis } from './peers/cache-manager.ts'
import { cacheable, cacheableInRedis } from './peers/cacheable.ts'
import { cachified, cachifiedInRedis } from './peers/cachified.ts'
import { layeredLoader, layeredLoaderInRedis } from './peers/layered-loader.ts'
import { lruCache } from './peers/lru-cache.ts'

export const inMemory: readonly MemoryContestant[] = [
  ours, ...bentocache, ...cacheable, ...cacheManager, ...asyncCacheDedupe, ...cachified, ...layeredLoader, ...lruCache
]

export const peersInRedis: readonly RedisContestant[] = [
  bentocacheInRedis, cacheableInRedis, cacheManagerInRedis, asyncCacheDedupeInRedis, cachifiedInRedis, layeredLoaderInRedis
]

export { ours, oursInRedis }
