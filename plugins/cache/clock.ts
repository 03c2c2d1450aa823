// Not the global, which is a getter: this is asked with every hit.
import { performance } from 'node:perf_hooks'

/** Where the cache has its time from. A test gives its own and drives it. */
export interface CacheClock {
  /** Milliseconds since the epoch: entries carry it to other processes. */
  now (): number
  /** Milliseconds that never go back, from any beginning. */
  elapsed (): number
}

export const systemClock: CacheClock = {
  now: () => Date.now(),
  elapsed: () => performance.now()
}
