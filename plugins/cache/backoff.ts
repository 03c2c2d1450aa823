import { LRUCache } from 'lru-cache'
import type { CacheClock } from './clock.ts'

/** Milliseconds between two tries, doubled with each that fails. */
const FIRST = 1_000
const LAST = 60_000

/** Names whose failures are remembered. */
const MAX_NAMES = 1_000

/** How long after a failure something is tried again, by its name. */
export class Backoff {
  readonly #failures = new LRUCache<string, { readonly pause: number, readonly until: number }>({ max: MAX_NAMES })
  readonly #clock: CacheClock

  constructor (clock: CacheClock) {
    this.#clock = clock
  }

  isDue (name: string): boolean {
    const failure = this.#failures.get(name)
    return failure === undefined || this.#clock.elapsed() >= failure.until
  }

  failed (name: string): void {
    const pause = Math.min(2 * (this.#failures.get(name)?.pause ?? FIRST / 2), LAST)
    this.#failures.set(name, { pause, until: this.#clock.elapsed() + pause })
  }

  succeeded (name: string): void {
    this.#failures.delete(name)
  }
}
