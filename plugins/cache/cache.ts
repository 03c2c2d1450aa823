import { Budget } from '../../lib/budget.ts'
import { Answers } from './answers.ts'
import { checkArray, checkBoolean, checkFunction, checkNamespaceName, checkOptions, checkTags } from './checks.ts'
import { invalidations, type CacheInvalidateMessage, type Invalidation } from './channels.ts'
import { figures, type Counters } from './counters.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import type { Cache, CacheEntry, CacheKey, CacheStats, LoadContext, LoadOptions, Look, LookOptions, NamespaceOptions, NamespaceValue, ReadOptions, WriteOptions } from './interface.ts'
import { canonicalKey } from './key.ts'
import { Loads } from './loads.ts'
import { NamespaceLook } from './look.ts'
import type { Memory } from './memory.ts'
import { Namespace, ROOT, type Shared } from './namespace.ts'
import type { Target } from './names.ts'
import type { Original } from './original.ts'
import { Reads } from './reads.ts'
import { LOAD_OPTIONS, LOOK_OPTIONS, NAMESPACE_OPTIONS, READ_OPTIONS, WRITE_OPTIONS } from './settings.ts'
import { Writes, type Given } from './writes.ts'

/** All caches of an app, by their names: as many as are asked for. */
export interface Family {
  readonly shared: Shared
  readonly caches: Map<string, NamespaceCache>
}

/** See {@link Cache}. One implementation for all stores, so that the null store's callers are checked like Redis's. */
export class NamespaceCache implements Cache {
  readonly #family: Family
  readonly #namespace: Namespace
  readonly #reads: Reads
  readonly #writes: Writes
  readonly #answers: Answers
  readonly #memory: Memory | undefined
  readonly #counters: Counters

  constructor (family: Family, name: string, options: NamespaceOptions) {
    this.#family = family
    this.#namespace = new Namespace(name, family.shared, options)
    this.#memory = this.#namespace.memory
    this.#counters = this.#namespace.counters
    this.#reads = new Reads(this.#namespace)
    this.#writes = new Writes(this.#namespace)
    this.#answers = new Answers(this.#namespace, this.#reads, new Loads(this.#namespace, this.#reads), this.#writes)
  }

  get enabled (): boolean {
    return this.#namespace.store.enabled
  }

  // Not async: what is in memory is answered by a promise that is there already.
  get<T = unknown> (key: CacheKey, options?: ReadOptions): Promise<T | undefined> {
    const hit = options === undefined ? this.#hit(key) : undefined
    return (hit === undefined ? this.#get(key, options) : hit.answer()) as Promise<T | undefined>
  }

  async #get (key: CacheKey, options?: ReadOptions): Promise<unknown> {
    const [value] = await this.getMany([key], options)
    return value
  }

  async getMany<T = unknown> (keys: readonly CacheKey[], options: ReadOptions = {}): Promise<Array<T | undefined>> {
    checkArray('keys', keys)
    checkOptions(READ_OPTIONS, options)
    const tags = this.#namespace.settings.tags(options)
    // Not map(), which passes over holes.
    const targets = Array.from(keys, (key): Target => ({ key: canonicalKey(key), tags }))
    return await Promise.all(targets.map(async target => await this.#read(target) as T | undefined))
  }

  async has (key: CacheKey): Promise<boolean> {
    return await this.get(key) !== undefined
  }

  async set (key: CacheKey, value: unknown, options: WriteOptions = {}): Promise<boolean> {
    checkOptions(WRITE_OPTIONS, options)
    const [kept] = await this.#writes.set([{ key: canonicalKey(key), value, write: this.#namespace.settings.write(options) }])
    return kept === true
  }

  async setMany (entries: readonly CacheEntry[]): Promise<boolean[]> {
    checkArray('entries', entries)
    return await this.#writes.set(Array.from(entries, (entry): Given => {
      const { key, value, ...options } = Object(entry) as CacheEntry
      checkOptions(WRITE_OPTIONS, options)
      return { key: canonicalKey(key), value, write: this.#namespace.settings.write(options) }
    }))
  }

  getOrSet<T> (key: CacheKey, load: (context: LoadContext) => T | Promise<T>, options?: LoadOptions): Promise<T> {
    const hit = options === undefined && typeof load === 'function' ? this.#hit(key) : undefined
    return (hit === undefined ? this.#getOrSet(key, load, options) : hit.answer()) as Promise<T>
  }

  async #getOrSet (key: CacheKey, load: (context: LoadContext) => unknown, options: LoadOptions = {}): Promise<unknown> {
    checkOptions(LOAD_OPTIONS, options)
    checkFunction('the loader', load)
    const settings = this.#namespace.settings.loadWith(options)
    return await this.#answers.answer({ target: { key: canonicalKey(key), tags: settings.tags }, load, settings })
  }

  async delete (...keys: readonly CacheKey[]): Promise<boolean> {
    if (!this.#namespace.settings.fence) throw new InvalidCacheArgumentError('this namespace has no fences, so there is no delete; invalidate by tags, or clear it')
    const { name: namespace, names } = this.#namespace
    const canonical = keys.map(key => canonicalKey(key))
    return keys.length === 0 || await this.#invalidate(canonical.flatMap(key => names.own(key)), { kind: 'delete', namespace, keys: canonical })
  }

  async invalidateTags (...tags: readonly string[]): Promise<boolean> {
    const { names } = this.#namespace
    const stamps = checkTags(tags).map(tag => names.tag(tag))
    return stamps.length === 0 || await this.#invalidate([names.invalidations, ...stamps], { kind: 'tags', tags })
  }

  async clear (): Promise<boolean> {
    const { name: namespace, names } = this.#namespace
    return await this.#invalidate([names.epochs[namespace === ROOT ? 0 : 1]], { kind: 'clear', namespace })
  }

  async #invalidate (names: readonly string[], invalidation: Invalidation): Promise<boolean> {
    const acknowledged = await this.#writes.invalidate(names)
    if (invalidations.hasSubscribers) invalidations.publish({ ...invalidation, acknowledged } satisfies CacheInvalidateMessage)
    return acknowledged
  }

  namespace<Name extends string> (name: Name, options: NamespaceOptions = {}): Cache<NamespaceValue<Name>> {
    checkNamespaceName(name)
    checkOptions(NAMESPACE_OPTIONS, options)
    const { caches } = this.#family
    const there = caches.get(name)
    if (there !== undefined && there.#namespace.settings.differ(options)) {
      throw new InvalidCacheArgumentError(`the namespace ${name} has other options; give them once, in its first call or in the plugin's option namespaces`)
    }
    const cache = there ?? new NamespaceCache(this.#family, name, options)
    caches.set(name, cache)
    return cache as Cache as Cache<NamespaceValue<Name>>
  }

  stats (): CacheStats {
    const caches = this.#namespace.name === ROOT ? [this, ...this.#family.caches.values()] : [this]
    return figures(new Map(caches.map(cache => [cache.#namespace.name, cache.#namespace.figures()])), this.#namespace.store.figures())
  }

  async look<T = unknown> (keys: readonly CacheKey[], options: LookOptions = {}): Promise<Look<T>> {
    checkArray('keys', keys)
    checkOptions(LOOK_OPTIONS, options)
    const { ask, ...read } = options
    const tags = this.#namespace.settings.tags(read)
    const targets = Array.from(keys, (key): Target => ({ key: canonicalKey(key), tags }))
    const parts = { namespace: this.#namespace, reads: this.#reads, writes: this.#writes }
    return await NamespaceLook.begin<T>(parts, targets, tags, ask !== undefined && checkBoolean('ask', ask))
  }

  peek<T> (key: string, view: (value: unknown) => T): T | undefined {
    return this.#hit(key)?.view(view)
  }

  /** What a string names in memory, where that may be served at once: the way that most calls go. */
  #hit (key: CacheKey): Original | undefined {
    const hit = this.#memory?.hit(key)
    if (hit !== undefined) this.#counters.served(key as string, 'memory', false)
    return hit
  }

  async #read (target: Target): Promise<unknown> {
    const { store, clock, counters, settings: { load: { staleIfError } } } = this.#namespace
    const { held, source, degraded } = await this.#reads.find(target, staleIfError, new Budget(store.timeLimit))
    if (held === undefined || clock.elapsed() >= held.expires) {
      counters.missed(target.key)
      return undefined
    }
    counters.served(target.key, source, degraded)
    return held.original.copy()
  }
}
