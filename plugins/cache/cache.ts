import { inTime } from '../../lib/in-time.ts'
import { checkArray, checkFunction, checkNamespaceName, checkOptions, checkTags } from './checks.ts'
import { Counters, sum } from './counters.ts'
import type { Entry } from './entry.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import type { Flight, Flights, Outcome } from './flight.ts'
import type { Cache, CacheEntry, CacheKey, CacheStats, LoadContext, LoadOptions, NamespaceOptions, ReadOptions, WriteOptions } from './interface.ts'
import { canonicalKey } from './key.ts'
import type { Loader } from './load.ts'
import { Loads } from './loads.ts'
import { Names } from './names.ts'
import { Protocol, type Completed, type Target, type View } from './protocol.ts'
import { LOAD_OPTIONS, NAMESPACE_OPTIONS, NamespaceSettings, READ_OPTIONS, WRITE_OPTIONS, lifeOf, type Load, type Write } from './settings.ts'
import type { Stamps } from './stamps.ts'
import type { Store } from './store.ts'
import { decode, encode } from './value.ts'

/** What all namespaces of a cache have in common. */
export interface Shared {
  readonly store: Store
  /** Begins every name in Redis. */
  readonly keyPrefix: string
  readonly flights: Flights
  /** By name, as they are asked for. */
  readonly namespaces: Map<string, NamespaceCache>
}

interface CheckedEntry {
  readonly key: string
  readonly value: unknown
  readonly write: Write
}

/** The name of the namespace of what is in none. */
export const ROOT = ''

/** See {@link Cache}. One implementation for all stores, so that the null store's callers are checked like Redis's. */
export class NamespaceCache implements Cache {
  readonly #shared: Shared
  readonly #name: string
  readonly #settings: NamespaceSettings
  readonly #names: Names
  readonly #protocol: Protocol
  readonly #counters = new Counters()
  readonly #loads: Loads

  constructor (shared: Shared, name: string, options: NamespaceOptions) {
    this.#shared = shared
    this.#name = name
    this.#settings = new NamespaceSettings(options)
    this.#names = new Names(shared.keyPrefix, name)
    this.#protocol = new Protocol(shared.store, this.#names, this.#settings.options.fence)
    this.#loads = new Loads(this.#protocol, this.#counters)
  }

  get enabled (): boolean {
    return this.#shared.store.enabled
  }

  async get<T = unknown> (key: CacheKey, options: ReadOptions = {}): Promise<T | undefined> {
    const [value] = await this.getMany<T>([key], options)
    return value
  }

  async getMany<T = unknown> (keys: readonly CacheKey[], options: ReadOptions = {}): Promise<Array<T | undefined>> {
    checkArray('keys', keys)
    checkOptions(READ_OPTIONS, options)
    const tags = this.#settings.tags(options)
    // Not map(), which passes over holes.
    const targets = Array.from(keys, (key): Target => ({ key: canonicalKey(key), tags }))
    const found = await Promise.all(targets.map(async target => await this.#inTime(this.#look(target))))
    return found.map(view => view?.entry?.value as T | undefined)
  }

  async has (key: CacheKey): Promise<boolean> {
    return await this.get(key) !== undefined
  }

  async set (key: CacheKey, value: unknown, options: WriteOptions = {}): Promise<boolean> {
    checkOptions(WRITE_OPTIONS, options)
    const kept = await this.#inTime(this.#setAll([{ key: canonicalKey(key), value, write: this.#settings.write(options) }]))
    return kept?.[0] === true
  }

  async setMany (entries: readonly CacheEntry[]): Promise<boolean[]> {
    checkArray('entries', entries)
    const checked = Array.from(entries, (entry): CheckedEntry => {
      const { key, value, ...options } = Object(entry) as CacheEntry
      checkOptions(WRITE_OPTIONS, options)
      return { key: canonicalKey(key), value, write: this.#settings.write(options) }
    })
    return await this.#inTime(this.#setAll(checked)) ?? checked.map(() => false)
  }

  async getOrSet<T> (key: CacheKey, load: (context: LoadContext) => T | Promise<T>, options: LoadOptions = {}): Promise<T> {
    checkOptions(LOAD_OPTIONS, options)
    checkFunction('the loader', load)
    const settings = this.#settings.load(options)
    const target: Target = { key: canonicalKey(key), tags: settings.tags }
    const stamps = this.#protocol.stampsOf(target)
    const name = this.#names.entry(target.key)
    if (settings.refresh) this.#overtake([target])
    const joinable = settings.refresh ? undefined : this.#shared.flights.joinable(name, stamps, this.#settings.staleness)
    if (joinable !== undefined) return await this.#join(joinable, settings) as T
    const { source, value } = await this.#shared.flights.begin(name, stamps, flight => this.#fly(flight, target, load, settings)).outcome
    settings.onServed?.({ source })
    return value as T
  }

  async delete (...keys: readonly CacheKey[]): Promise<boolean> {
    if (!this.#settings.options.fence) throw new InvalidCacheArgumentError('this namespace has no fences, so there is no delete; invalidate by tags, or clear it')
    const names = keys.map(key => canonicalKey(key)).flatMap(key => [this.#names.entry(key), this.#names.fence(key)])
    return names.length === 0 || await this.#invalidate(names)
  }

  async invalidateTags (...tags: readonly string[]): Promise<boolean> {
    const names = checkTags(tags).map(tag => this.#names.tag(tag))
    return names.length === 0 || await this.#invalidate([this.#names.invalidations, ...names])
  }

  async clear (): Promise<boolean> {
    const [all, mine] = this.#names.epochs
    return await this.#invalidate([this.#name === ROOT ? all : mine])
  }

  namespace (name: string, options: NamespaceOptions = {}): Cache {
    checkNamespaceName(name)
    checkOptions(NAMESPACE_OPTIONS, options)
    const { namespaces } = this.#shared
    const there = namespaces.get(name)
    if (there !== undefined && there.#settings.differ(options)) {
      throw new InvalidCacheArgumentError(`the namespace ${name} has other options; give them once, in its first call or in the plugin's option namespaces`)
    }
    const cache = there ?? new NamespaceCache(this.#shared, name, options)
    namespaces.set(name, cache)
    return cache
  }

  stats (): CacheStats {
    const caches = this.#name === ROOT ? [this, ...this.#shared.namespaces.values()] : [this]
    return sum(caches.map(cache => cache.#counters), this.#shared.store.figures())
  }

  async #look (target: Target): Promise<View> {
    const view = await this.#protocol.look(target)
    if (view.unreadable) this.#counters.unreadable++
    if (view.entry === undefined) this.#counters.misses++
    else this.#counters.hits++
    return view
  }

  async #fly (flight: Flight, target: Target, load: Loader, settings: Load): Promise<Outcome> {
    const { entry, completed } = await this.#inTime(this.#prepare(target, settings)) ?? {}
    if (entry !== undefined) return { source: 'redis', ...entry }
    return await this.#loads.run(flight, target, load, settings, completed)
  }

  /** What is there, or else the stamps for what is to be loaded. */
  async #prepare (target: Target, { refresh, ttl }: Load): Promise<{ entry?: Entry, completed?: Completed | undefined }> {
    const { entry, stamps } = refresh ? { entry: undefined, stamps: await this.#renew([target], ttl) } : await this.#look(target)
    if (entry !== undefined) return { entry }
    return { completed: await this.#protocol.complete([target], stamps, ttl, this.#loads.tellTags) }
  }

  /** Undefined where it takes longer than Redis may. */
  async #inTime<T> (promise: Promise<T>): Promise<T | undefined> {
    return this.enabled ? await inTime(this.#shared.store.timeLimit, promise) : await promise
  }

  async #setAll (entries: readonly CheckedEntry[]): Promise<boolean[]> {
    const keeping = entries.flatMap(({ key, value, write }) => value === undefined ? [] : [{ key, tags: write.tags, write, encoded: encode(value) }])
    const life = Math.max(0, ...keeping.map(({ write }) => write.ttl))
    if (keeping.length === 0) return entries.map(() => false)
    this.#overtake(keeping)
    const completed = await this.#protocol.complete(keeping, await this.#renew(keeping, life), life)
    this.#overtake(keeping)
    const kept = await Promise.all(keeping.map(async ({ key, write, encoded }, index) => {
      const recorded = completed?.recorded[index]
      return recorded !== undefined && await this.#protocol.keep(key, encoded, recorded, lifeOf(write.ttl, write.jitter))
    }))
    for (const stored of kept) this.#counters[stored ? 'stored' : 'notStored']++
    return entries.map(({ value }) => value !== undefined && kept.shift() === true)
  }

  /** New fences. Where Redis did not acknowledge them, what is there is removed when it can be: it is older than the caller's. */
  async #renew (targets: readonly Target[], life: number): Promise<Stamps | undefined> {
    const stamps = await this.#protocol.renew(targets, life)
    if (stamps === undefined) this.#shared.store.removeLater(targets.flatMap(({ key }) => [this.#names.entry(key), this.#names.fence(key)]))
    return stamps
  }

  #overtake (targets: readonly Target[]): void {
    this.#shared.flights.overtake(targets.map(({ key }) => this.#names.fence(key)))
  }

  /** What was read or loaded before is older than this, here at once; what began meanwhile may be as well. */
  async #invalidate (names: readonly string[]): Promise<boolean> {
    const { flights, store } = this.#shared
    flights.overtake(names)
    const acknowledged = await store.remove(names)
    flights.overtake(names)
    return acknowledged
  }

  async #join (flight: Flight, { onServed }: Load): Promise<unknown> {
    const { source, encoded } = await flight.outcome.catch((error: unknown) => {
      this.#counters.joined++
      throw error
    })
    if (source === 'loader') this.#counters.joined++
    else this.#counters.hits++
    onServed?.({ source: source === 'loader' ? 'joined' : source })
    return encoded === undefined ? undefined : decode(encoded)
  }
}
