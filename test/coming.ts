import type { CacheOptions, NamespaceOptions } from '../plugins/cache/index.ts'

/** Whether the cache has its memory tier, with `clock`, `memory`, `maxEntrySize` and the options of stale values. */
export const MEMORY_TIER: boolean = false

/**
 * Whether this process's own invalidation of a tag keeps later calls from joining a load whose loader tells that tag: a load's
 * tags are not known before its end, so it is not overtaken by them.
 */
export const TOLD_TAGS_OVERTAKE: boolean = false

/** Options that come with the memory tier: none before it is there. */
export function coming (options: Record<string, unknown>): CacheOptions & NamespaceOptions {
  return MEMORY_TIER ? options : {}
}
