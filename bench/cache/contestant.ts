/** Makes the value of a key; every contestant runs it in the same way, as its callers would. */
export type Load = (key: string) => Promise<unknown>

/** A cache that answers from memory. */
export interface MemoryContestant {
  readonly name: string
  /** What was chosen where there is a choice. */
  readonly setUp: string
  /** Not a cache that loads, but what such a cache is made of at best. */
  readonly yardstick?: boolean
  open (load: Load): Promise<MemoryCache>
}

export interface MemoryCache {
  /** Reads through the cache, in the contestant's own way. */
  get (key: string): Promise<unknown>
  /** Requests that went to Redis so far, where there is one behind. */
  roundTrips? (): Promise<number>
  close (): Promise<void>
}

/** A cache that keeps its entries in Redis. */
export interface RedisContestant {
  readonly name: string
  /** Most tags of an entry: 0 where there are none, 1 where an entry is in one group. */
  readonly mostTags: number
  /** Whether it was given a memory tier before Redis. */
  readonly memory: boolean
  /** As a process of its own would open it: connected, with nothing in memory. */
  open (url: string, options: RedisCacheOptions): Promise<RedisCache>
}

export interface RedisCacheOptions {
  /** Seconds. */
  readonly ttl: number
  /** Whether entries have tags, which costs some contestants something wherever they are switched on. */
  readonly tags: boolean
  /** False where the contestant may do without per-key deletes. */
  readonly fence: boolean
}

/** What a contestant has no operation for is missing. */
export interface RedisCache {
  getOrSet (key: string, load: Load, tags?: readonly string[]): Promise<unknown>
  /** By a reader that does not say which tags the entry has. */
  get? (key: string): Promise<unknown>
  getMany? (keys: readonly string[]): Promise<unknown>
  set? (key: string, value: string, tags?: readonly string[]): Promise<unknown>
  setMany? (keys: readonly string[]): Promise<unknown>
  delete? (keys: readonly string[]): Promise<unknown>
  invalidateTag? (tag: string): Promise<unknown>
  clear? (): Promise<unknown>
  /** Loads although there is a value. */
  refresh? (key: string, load: Load): Promise<unknown>
  /** The tags follow from what was loaded. */
  loadTellingTags? (key: string, load: Load, tags: readonly string[]): Promise<unknown>
  /** At most one process loads. */
  loadLocked? (key: string, load: Load): Promise<unknown>
  close (): Promise<void>
}

/** Seconds that entries live where nothing else is the question. */
export const TTL = 3600
/** Entries that every memory has room for: twice as many as the bench ever keeps. */
export const ROOM = 20_000
