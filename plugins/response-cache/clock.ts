import { performance } from 'node:perf_hooks'
import type { CacheClock } from '../cache/index.ts'

/** As the cache's: a test that drives one gives it to both. */
export type Clock = CacheClock

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now()
}
