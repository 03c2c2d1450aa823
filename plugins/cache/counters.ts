import type { CacheStats, RedisFigures } from './interface.ts'

/** The figures of one namespace. */
export class Counters {
  hits = 0
  misses = 0
  unreadable = 0
  loads = 0
  loadErrors = 0
  joined = 0
  stored = 0
  notStored = 0
}

/** The sum of several namespaces' figures. */
export function sum (parts: Iterable<Counters>, redis: RedisFigures): CacheStats {
  const total = new Counters()
  const names = Object.keys(total) as Array<keyof Counters>
  for (const part of parts) for (const name of names) total[name] += part[name]
  return { ...total, redis }
}
