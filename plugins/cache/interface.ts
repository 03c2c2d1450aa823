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
  /** Seconds that the value is kept, more than 0; default the namespace's. */
  ttl?: number | undefined
}

export interface LoadOptions extends WriteOptions {
  /** Told how the value was come by, before it is answered: for a header, or a measurement. What it throws, the call rejects with. */
  onServed?: ((served: Served) => void) | undefined
}

export interface Served {
  /** `redis`: a hit; `loader`: this call ran its loader; `joined`: it waited for the loader of another call. */
  readonly source: 'redis' | 'loader' | 'joined'
}

/** What a loader may say of its result. */
export interface LoadContext {
  /** Seconds to keep the value, more than 0, where that follows from it. */
  setTtl (seconds: number): void
  /** Answer the value and do not keep it. */
  skip (): void
}

export interface NamespaceOptions {
  /** Seconds that a value is kept where a call does not say; default 300. */
  ttl?: number | undefined
}

/**
 * A cache of plain data. Values come back as they were given: null, false, 0 and '' are values; Date, Map, Set, BigInt, RegExp, URL, Buffer and
 * typed arrays keep their types, at any depth. Everybody gets a copy of their own. `undefined` is never kept.
 *
 * No method throws, or waits longer than the client's time limit, because of Redis: what cannot be read is a miss, what cannot
 * be written is answered with false. The caller's mistakes reject at once (`namespace` throws), whether Redis is there or not:
 * `FST_CACHE_INVALID_KEY`, `FST_CACHE_INVALID_ARGUMENT`, `FST_CACHE_UNSERIALIZABLE`.
 */
export interface Cache {
  /** False where there is no Redis to keep anything in. */
  readonly enabled: boolean
  /** The value, or undefined where there is none. */
  get<T = unknown> (key: CacheKey): Promise<T | undefined>
  /** The values in the order of the keys, in one command. */
  getMany<T = unknown> (keys: readonly CacheKey[]): Promise<Array<T | undefined>>
  /** Whether `get` would find a value. */
  has (key: CacheKey): Promise<boolean>
  /** Keeps a value. Answers whether Redis acknowledged it. */
  set (key: CacheKey, value: unknown, options?: WriteOptions): Promise<boolean>
  /**
   * The value, or what the loader makes of its absence, which is then kept without the caller waiting for it. Calls for one
   * key share one run of the loader, the first one's, with its options; where it throws, all of them reject with its error
   * and the next call runs it again. A loader has to end: give what it waits for a time limit. It must not ask for its own key.
   */
  getOrSet<T> (key: CacheKey, load: (context: LoadContext) => T | Promise<T>, options?: LoadOptions): Promise<T>
  /** Removes values, in one command. Answers whether Redis acknowledged it. */
  delete (...keys: readonly CacheKey[]): Promise<boolean>
  /**
   * The cache of a namespace, whose keys meet no other's. Names are of one level: the answer is the same from every cache.
   * Options are of the first call; a later one with different options throws.
   * @param name 1 to 64 of A–Z, a–z, 0–9, `_`, `.` and `-`
   */
  namespace (name: string, options?: NamespaceOptions): Cache
  /** Figures since the start: of this namespace; those of the root cover all. */
  stats (): CacheStats
}

export interface CacheStats {
  readonly hits: number
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
  /** Calls of the cache as a whole: namespaces share them. */
  readonly redis: RedisFigures
}

export interface RedisFigures {
  /** As the cache sent them; what the client repeated after a lost reply is in the client's own figures. */
  readonly commands: number
  readonly roundTrips: number
  /** Calls that failed, by kind. */
  readonly errors: Readonly<Partial<Record<ErrorKind, number>>>
}
