import type { CacheOptions, NamespaceOptions } from '../plugins/cache/index.ts'

/** Whether the cache has its memory tier, with `clock`, `memory`, `maxEntrySize` and the options of stale values. */
export const MEMORY_TIER: boolean = false

/** Options that come with the memory tier: none before it is there. */
export function coming (options: Record<string, unknown>): CacheOptions & NamespaceOptions {
  return MEMORY_TIER ? options : {}
}
