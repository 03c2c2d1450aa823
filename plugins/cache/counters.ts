import type { CacheStats, MemoryFigures, RedisFigures, Served } from './interface.ts'

/** The figures of one namespace. */
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

  /** Counts how a call was answered. */
  served (source: Served['source'], degraded: boolean): void {
    if (source === 'memory') this.memoryHits++
    if (source === 'redis') this.redisHits++
    if (source === 'stale') this.stale++
    if (source === 'joined') this.joined++
    if (degraded) this.degraded++
  }
}

type Figures = Omit<Counters, 'served'>

/** The sum of several namespaces' figures. */
export function sum (parts: ReadonlyArray<{ counters: Counters, memory: MemoryFigures }>, redis: RedisFigures): CacheStats {
  const total: Figures = { ...new Counters() }
  const memory = { entries: 0, bytes: 0 }
  for (const part of parts) {
    for (const name of Object.keys(total) as Array<keyof Figures>) total[name] += part.counters[name]
    memory.entries += part.memory.entries
    memory.bytes += part.memory.bytes
  }
  const { redisHits, ...figures } = total
  return { hits: figures.memoryHits + redisHits, ...figures, memory, redis }
}
