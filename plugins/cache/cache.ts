import { checkArray, checkFunction, checkNamespaceName, checkOptions, checkTtl } from './checks.ts'
import { Counters, sum } from './counters.ts'
import { readEntry, writeEntry } from './entry.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import type { Cache, CacheKey, CacheStats, LoadContext, LoadOptions, NamespaceOptions, WriteOptions } from './interface.ts'
import { canonicalKey } from './key.ts'
import { SingleFlight } from './single-flight.ts'
import type { Store } from './store.ts'
import { decode, encode, type Encoded } from './value.ts'

/** What all namespaces of a cache have in common. */
export interface Shared {
  readonly store: Store
  /** Begins every key in Redis. */
  readonly keyPrefix: string
  /** By name, as they are asked for. */
  readonly namespaces: Map<string, NamespaceCache>
}

interface Outcome {
  readonly source: 'redis' | 'loader'
  /** For the one who asked first. */
  readonly value: unknown
  /** What the others get their copies from; undefined where the value is. */
  readonly encoded: Encoded | undefined
}

/** The name of the namespace of what is in none. */
export const ROOT = ''

/** Seconds. */
export const DEFAULT_TTL = 300

/** See {@link Cache}. One implementation for all stores, so that the null store's callers are checked like Redis's. */
export class NamespaceCache implements Cache {
  readonly #shared: Shared
  readonly #name: string
  readonly #options: Required<NamespaceOptions>
  readonly #counters = new Counters()
  /** What is being read or loaded at this moment, by key. */
  readonly #flights = new SingleFlight<Outcome>()

  constructor (shared: Shared, name: string, options: NamespaceOptions) {
    this.#shared = shared
    this.#name = name
    this.#options = { ttl: options.ttl ?? DEFAULT_TTL }
    checkTtl(this.#options.ttl)
  }

  get enabled (): boolean {
    return this.#shared.store.enabled
  }

  async get<T = unknown> (key: CacheKey): Promise<T | undefined> {
    const [value] = await this.getMany<T>([key])
    return value
  }

  async getMany<T = unknown> (keys: readonly CacheKey[]): Promise<Array<T | undefined>> {
    checkArray('keys', keys)
    // Not map(), which passes over holes.
    const found = await this.#read(Array.from(keys, key => this.#key(key)))
    return found.map(entry => entry?.value as T | undefined)
  }

  async has (key: CacheKey): Promise<boolean> {
    return await this.get(key) !== undefined
  }

  async set (key: CacheKey, value: unknown, options: WriteOptions = {}): Promise<boolean> {
    checkOptions(['ttl'], options)
    const ttl = this.#ttl(options)
    const name = this.#key(key)
    if (value === undefined) return false
    const encoded = encode(value)
    // What was loaded before this write is older than it.
    this.#flights.forget(name)
    return await this.#write(name, encoded, ttl)
  }

  async getOrSet<T> (key: CacheKey, load: (context: LoadContext) => T | Promise<T>, options: LoadOptions = {}): Promise<T> {
    checkOptions(['ttl', 'onServed'], options)
    checkFunction('the loader', load)
    if (options.onServed !== undefined) checkFunction('onServed', options.onServed)
    const ttl = this.#ttl(options)
    const name = this.#key(key)
    const joinable = this.#flights.get(name)
    if (joinable !== undefined) return await this.#join(joinable, options) as T
    const { source, value } = await this.#flights.begin(name, current => this.#readOrLoad(name, load, ttl, current))
    options.onServed?.({ source })
    return value as T
  }

  async delete (...keys: readonly CacheKey[]): Promise<boolean> {
    const names = keys.map(key => this.#key(key))
    for (const name of names) this.#flights.forget(name)
    return names.length === 0 || await this.#shared.store.remove(names)
  }

  namespace (name: string, options: NamespaceOptions = {}): Cache {
    checkNamespaceName(name)
    checkOptions(['ttl'], options)
    const { namespaces } = this.#shared
    const there = namespaces.get(name)
    if (there === undefined) {
      const made = new NamespaceCache(this.#shared, name, options)
      namespaces.set(name, made)
      return made
    }
    if (options.ttl !== undefined && options.ttl !== there.#options.ttl) {
      throw new InvalidCacheArgumentError(`the namespace ${name} has other options; give them once, in its first call or in the plugin's option namespaces`)
    }
    return there
  }

  stats (): CacheStats {
    const caches = this.#name === ROOT ? [this, ...this.#shared.namespaces.values()] : [this]
    return sum(caches.map(cache => cache.#counters), this.#shared.store.figures())
  }

  async #join (flight: Promise<Outcome>, { onServed }: LoadOptions): Promise<unknown> {
    const { source, encoded } = await flight.catch((error: unknown) => {
      this.#counters.joined++
      throw error
    })
    if (source === 'loader') this.#counters.joined++
    else this.#counters.hits++
    onServed?.({ source: source === 'loader' ? 'joined' : source })
    return encoded === undefined ? undefined : decode(encoded)
  }

  #ttl (options: WriteOptions): number {
    return checkTtl(options.ttl === undefined ? this.#options.ttl : options.ttl)
  }

  #key (key: CacheKey): string {
    return `${this.#shared.keyPrefix}v:${this.#name}:${canonicalKey(key)}`
  }

  /** `current`: whether nothing has overtaken the load. */
  async #readOrLoad (name: string, load: (context: LoadContext) => unknown, ttl: number, current: () => boolean): Promise<Outcome> {
    const [entry] = await this.#read([name])
    if (entry !== undefined) return { source: 'redis', ...entry }
    let kept = ttl
    let skipped = false
    const loaded = await this.#load(load, {
      setTtl: seconds => { kept = checkTtl(seconds) },
      skip: () => { skipped = true }
    })
    if (loaded === undefined) return { source: 'loader', value: undefined, encoded: undefined }
    const encoded = encode(loaded)
    // A copy, since the loader may keep hold of what it answered.
    const value = decode(encoded)
    if (!current()) this.#counters.notStored++
    else if (!skipped) this.#write(name, encoded, kept)
    return { source: 'loader', value, encoded }
  }

  async #load (load: (context: LoadContext) => unknown, context: LoadContext): Promise<unknown> {
    this.#counters.loads++
    try {
      return await load(context)
    } catch (error) {
      this.#counters.loadErrors++
      throw error
    }
  }

  async #read (names: readonly string[]): Promise<Array<{ readonly encoded: Encoded, readonly value: unknown } | undefined>> {
    const texts = await this.#shared.store.read(names)
    return texts.map(text => {
      const entry = text === null ? undefined : readEntry(text)
      if (text !== null && entry === undefined) this.#counters.unreadable++
      if (entry === undefined) this.#counters.misses++
      else this.#counters.hits++
      return entry
    })
  }

  async #write (name: string, encoded: Encoded, ttl: number): Promise<boolean> {
    const stored = await this.#shared.store.write(name, writeEntry(encoded), ttl)
    if (stored) this.#counters.stored++
    else this.#counters.notStored++
    return stored
  }
}
