import { hits, loads, misses, type CacheHitMessage, type CacheLoadMessage, type CacheMissMessage } from './channels.ts'
import type { CacheStats, MemoryFigures, NamespaceStats, RedisFigures, Served } from './interface.ts'

/** Counts what happens in one namespace, and tells those who listen. */
export class Counters {
  memoryHits = 0
  redisHits = 0
  stale = 0
  degraded = 0
  misses = 0
  unreadable = 0
  loads = 0
  loadErrors = 0
  joined = 0
  stored = 0
  notStored = 0
  tooLarge = 0
  readonly #namespace: string

  constructor (namespace: string) {
    this.#namespace = namespace
  }

  /** A call was answered. */
  served (key: string, source: Served['source'], degraded: boolean): void {
    if (source === 'memory') this.memoryHits++
    else if (source === 'redis') this.redisHits++
    else if (source === 'stale') this.stale++
    else if (source === 'joined') this.joined++
    if (source === 'loader' || source === 'joined') return
    if (degraded) this.degraded++
    if (hits.hasSubscribers) hits.publish({ namespace: this.#namespace, key, source, degraded } satisfies CacheHitMessage)
  }

  missed (key: string): void {
    this.misses++
    if (misses.hasSubscribers) misses.publish({ namespace: this.#namespace, key } satisfies CacheMissMessage)
  }

  /** A loader has ended; `failure`: with what it threw. */
  loaded (key: string, duration: number, failure?: { readonly error: unknown }): void {
    if (failure !== undefined) this.loadErrors++
    if (loads.hasSubscribers) loads.publish({ namespace: this.#namespace, key, duration, ...failure } satisfies CacheLoadMessage)
  }
}

/** The figures of several namespaces, by name, and their sum. */
export function figures (parts: ReadonlyMap<string, { counters: Counters, memory: MemoryFigures }>, redis: RedisFigures): CacheStats {
  const namespaces = Object.fromEntries(Array.from(parts, ([name, { counters: { redisHits, ...own }, memory }]): [string, NamespaceStats] => {
    return [name, { hits: own.memoryHits + redisHits, ...own, memory }]
  }))
  return { ...Object.values(namespaces).reduce(sum), redis, namespaces }
}

function sum (one: NamespaceStats, { memory: { entries, bytes }, ...counts }: NamespaceStats): NamespaceStats {
  const total = { ...one, memory: { entries: one.memory.entries + entries, bytes: one.memory.bytes + bytes } }
  for (const name of Object.keys(counts) as Array<keyof typeof counts>) total[name] += counts[name]
  return total
}
