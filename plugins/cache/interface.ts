import type { ErrorKind } from '../upstash-client/index.ts'

/**
 * Names a value within its namespace. Prefer an array to a string put together: `['a', 'b']` and `'a:b'` are different keys.
 * Parts are strings, finite numbers, booleans, null, and arrays and plain objects of these; the order of an object's
 * properties does not matter, and an undefined one is as good as missing. At most 32 KB.
 */
export type CacheKey = string | readonly KeyPart[]
/** `object` for plain ones: an interface of an app's own has no index signature, so nothing narrower would take its objects. */
export type KeyPart = string | number | boolean | null | object

export interface WriteOptions {
  /** Seconds that the value is kept at most, more than 0; default the namespace's. */
  ttl?: number | undefined
  /** What the value was made of, for `invalidateTags`: at most 100 strings. Tags span namespaces. */
  tags?: readonly string[] | undefined
  /** Share of the ttl by which it is shortened at random, so that what was kept together does not end together; default 0.05. */
  jitter?: number | undefined
}

export interface ReadOptions {
  /** Only a value that was kept with all of these tags. To name them saves asking for their stamps by themselves. */
  tags?: readonly string[] | undefined
}

export interface LoadOptions extends WriteOptions {
  /** Milliseconds that the loader may take, then the call rejects with `FST_CACHE_LOAD_TIMEOUT`; default 60,000. */
  timeout?: number | undefined
  /**
   * Milliseconds after which the call is answered with the value whose ttl has ended, where there is one within `staleIfError`, while
   * the loader goes on in the background; default none.
   */
  softTimeout?: number | undefined
  /** Seconds after the end of the ttl in which the old value is answered at once and loaded anew in the background; default 0. */
  staleWhileRevalidate?: number | undefined
  /**
   * Seconds after the end of the ttl in which the old value is answered where the loader throws; and seconds for which a value in
   * memory is answered beyond `staleness` while Redis is away. Default 60; `permission` 0.
   */
  staleIfError?: number | undefined
  /**
   * Let one process load at a time, the others wait for its value; default false, `report` true. Costs two commands a load. For
   * loads that are too heavy to run once a process: they then may wait for another's `timeout` before they begin.
   */
  lock?: boolean | undefined
  /**
   * Load although there is a value, and keep the result in its place, unless it is invalidated or refreshed meanwhile: the right
   * way to write through where several write at once. Default false.
   */
  refresh?: boolean | undefined
  /** Told how the value was come by, before it is answered: for a header, or a measurement. What it throws, the call rejects with. */
  onServed?: ((served: Served) => void) | undefined
}

export interface Served {
  /**
   * `memory` and `redis`: a hit; `stale`: a value whose ttl has ended; `loader`: this call ran its loader; `joined`: it waited for the
   * loader of another call.
   */
  readonly source: 'memory' | 'redis' | 'stale' | 'loader' | 'joined'
}

/** What a loader may know, and say of its result. */
export interface LoadContext {
  /** Aborts when the loader has taken longer than its `timeout`. */
  readonly signal: AbortSignal
  /** Seconds to keep the value, more than 0, where that follows from it. */
  setTtl (seconds: number): void
  /** Tags that follow from the value, besides those of the call. */
  setTags (tags: readonly string[]): void
  /** Answer the value and do not keep it. */
  skip (): void
}

/** Beside its own, what the calls of a namespace do where they do not say. */
export interface NamespaceOptions extends Omit<LoadOptions, 'tags' | 'refresh' | 'onServed'> {
  /**
   * Seconds, default 5, `permission` 1: how late another process's invalidation may be seen, since a value in memory is answered that long
   * without asking Redis, or since a call joins a load that began before. This process's own count at once. With 0 every
   * call asks Redis.
   */
  staleness?: number | undefined
  /**
   * False spares the stamp of each key, which `delete` and `set` need to win against loads under way: for values that are only
   * ever invalidated by tags or `clear`. `delete` then throws. Default true; to be the same in all processes.
   */
  fence?: boolean | undefined
  /** What is kept in the memory of the process: at most 64 MB and 10,000 entries, unless it says otherwise; false: nothing. */
  memory?: MemoryLimits | false | undefined
  /** Bytes of a value's text from which on it is compressed for Redis; default 4,096. */
  compressOver?: number | undefined
  /** Bytes of a value's text, before it is compressed: a larger one is not kept, nor read; default 1 MB (1,048,576). */
  maxEntrySize?: number | undefined
}

export interface MemoryLimits {
  /** An estimate, of what JavaScript needs for it. */
  bytes?: number | undefined
  entries?: number | undefined
}

/** Types the values of namespaces, by name: an app adds its own by declaration merging. */
export interface CacheNamespaces {}

/** What a namespace holds. */
export type NamespaceValue<Name extends string> = Name extends keyof CacheNamespaces ? CacheNamespaces[Name] : unknown

/**
 * A cache of plain data. Values come back as they were given: null, false, 0 and '' are values; Date, Map, Set, BigInt, RegExp,
 * URL, Buffer and typed arrays keep their types, down to 200 levels. Everybody gets a copy of their own. `undefined` is never kept.
 *
 * No method throws, or waits longer than the client's time limit, because of Redis: what cannot be read is a miss, what cannot
 * be written is answered with false. The caller's mistakes reject at once (`namespace` throws), whether Redis is there or not:
 * `FST_CACHE_INVALID_KEY`, `FST_CACHE_INVALID_ARGUMENT`, `FST_CACHE_UNSERIALIZABLE`.
 */
export interface Cache<Value = unknown> {
  /** False where there is no Redis to keep anything in. */
  readonly enabled: boolean
  /** The value, or undefined where there is none. */
  get<T extends Value = Value> (key: CacheKey, options?: ReadOptions): Promise<T | undefined>
  /** The values in the order of the keys, in one command. */
  getMany<T extends Value = Value> (keys: readonly CacheKey[], options?: ReadOptions): Promise<Array<T | undefined>>
  /** Whether `get` would find a value. */
  has (key: CacheKey): Promise<boolean>
  /**
   * Keeps a value; what loads under way make is not kept after it. Of two that are set at once one wins, or none is kept.
   * Answers whether Redis acknowledged it.
   */
  set (key: CacheKey, value: Value, options?: WriteOptions): Promise<boolean>
  /** `set` for many, in two requests whatever their number up to a hundred. Answers for each whether Redis acknowledged it. */
  setMany (entries: ReadonlyArray<CacheEntry<Value>>): Promise<boolean[]>
  /**
   * The value, or what the loader makes of its absence, which is then kept without the caller waiting for it. Calls for one
   * key share one run of the loader, the first one's, with its options, unless it may have read before an invalidation that
   * the call has to see; where it throws, all of them reject with its error and the next call runs it again. A loader must
   * not ask for its own key: it would wait for itself until its `timeout`.
   */
  getOrSet<T extends Value | undefined> (key: CacheKey, load: (context: LoadContext) => T | Promise<T>, options?: LoadOptions): Promise<T>
  /**
   * Invalidates values, in one command, and every load of them that is under way, here and in other processes. Answers whether
   * Redis acknowledged it; where not, it is sent again as soon as Redis can be reached, and until then this process takes
   * nothing from Redis.
   */
  delete (...keys: readonly CacheKey[]): Promise<boolean>
  /** The same for all values that have one of these tags, of all namespaces, in one command whatever their number. */
  invalidateTags (...tags: readonly string[]): Promise<boolean>
  /** The same for all values of this namespace; of the root, for all values of the cache. */
  clear (): Promise<boolean>
  /**
   * The cache of a namespace, whose keys meet no other's. Names are of one level: the answer is the same from every cache.
   * Options are of the first call; a later one with different options throws.
   * @param name 1 to 64 of A–Z, a–z, 0–9, `_`, `.` and `-`
   */
  namespace<Name extends string> (name: Name, options?: NamespaceOptions): Cache<NamespaceValue<Name>>
  /** Figures since the start: of this namespace; those of the root cover all, and tell them apart. */
  stats (): CacheStats
  /**
   * What `view` makes of a value, where that is in memory and may be answered without asking Redis; undefined where it is not, also for keys of
   * more than 200 bytes. A view is made once for each value and shared by all callers of one namespace: it is not to be changed, and all
   * give the same function. At once, for what is asked for too often to be copied each time.
   */
  peek<T> (key: string, view: (value: unknown) => T): T | undefined
  /**
   * The steps of a load one by one, for what no loader can answer, such as a stream that is passed on while it is collected: look for
   * values, `prepare`, make the value, `keep` it. What is invalidated from the look on is not kept. All keys in one command.
   */
  look<T extends Value = Value> (keys: readonly CacheKey[], options?: LookOptions): Promise<Look<T>>
}

export interface LookOptions extends ReadOptions {
  /** Ask Redis for what is in memory as well: the only way to `keep` in its place. Default false. */
  ask?: boolean | undefined
}

/** What `look` found, and the stamps of that moment. */
export interface Look<Value = unknown> {
  /** In the order of the keys; undefined where there is none. */
  readonly values: ReadonlyArray<Value | undefined>
  /** Whether Redis was asked: not, where all was in memory. Only then anything can be kept. */
  readonly asked: boolean
  /** Whether a call of now may share what is made under this look: it began at most `staleness` ago, and this process invalidated none of it. */
  readonly isCurrent: boolean
  /**
   * Makes the stamps that are missing, and has to be awaited before the value is made. Answers whether a value can be kept.
   * @param ttl seconds, the longest that is going to be kept
   */
  prepare (ttl: number): Promise<boolean>
  /** Keeps a value with the tags of the look. Answers whether Redis acknowledged it: not, where it was invalidated since the look. */
  keep (key: CacheKey, value: Value, options?: Omit<WriteOptions, 'tags'>): Promise<boolean>
  /** Gives up what is kept under a key, since nothing can take its place. */
  forget (key: CacheKey): Promise<void>
}

export interface CacheEntry<Value = unknown> extends WriteOptions {
  readonly key: CacheKey
  readonly value: Value
}

/** Of one namespace, or the sum of all. */
export interface NamespaceStats {
  /** Values that were answered from memory or Redis within their ttl. */
  readonly hits: number
  /** Of these, the ones from memory, without a command. */
  readonly memoryHits: number
  /** Values that were answered after their ttl, see `staleWhileRevalidate`, `staleIfError` and `softTimeout`. */
  readonly stale: number
  /** Of the hits and of these, the ones from memory that would have been confirmed, had Redis answered. */
  readonly degraded: number
  /** Keys asked for in vain, unreadable ones and those that Redis did not answer included. */
  readonly misses: number
  /** Entries that were damaged, foreign, or of another version of this package. */
  readonly unreadable: number
  /** Runs of a loader. */
  readonly loads: number
  /** Of these, the ones that threw. */
  readonly loadErrors: number
  /** Calls that waited for the loader of another, also in vain. */
  readonly joined: number
  /** Values that Redis acknowledged. */
  readonly stored: number
  /** Values to be kept that were not: Redis did not acknowledge them, or they were deleted or set while they were loaded. */
  readonly notStored: number
  /** Of these, the ones over `maxEntrySize`. */
  readonly tooLarge: number
  readonly memory: MemoryFigures
}

export interface CacheStats extends NamespaceStats {
  /** Calls of the cache as a whole: namespaces share them. */
  readonly redis: RedisFigures
  /** What the sum is of, by name: `''` is what is in no namespace. */
  readonly namespaces: Readonly<Record<string, NamespaceStats>>
}

export interface MemoryFigures {
  readonly entries: number
  /** An estimate. */
  readonly bytes: number
}

export interface RedisFigures {
  /** As the cache sent them; what the client repeated after a lost reply is in the client's own figures. */
  readonly commands: number
  readonly roundTrips: number
  /** Calls that failed, by kind. */
  readonly errors: Readonly<Partial<Record<ErrorKind, number>>>
  /** Invalidations, by the name of what they remove, that Redis has not acknowledged yet. */
  readonly kept: number
}
