import { LRUCache } from 'lru-cache'
import type { CacheClock } from './clock.ts'
import type { Instant } from './held.ts'
import type { OwnInvalidations } from './own-invalidations.ts'
import type { Stamps } from './stamps.ts'

/** Names of stamps, the ones that were used last. */
const MAX_STAMPS = 1_000

/**
 * The epochs and tags that this process was told of last, so that a `set` need not ask for them. One that was removed since makes
 * the value void that was set under it: a miss, and no older value.
 */
export class RememberedStamps {
  readonly #stamps = new LRUCache<string, { stamp: string, asked: Instant }>({ max: MAX_STAMPS })
  readonly #clock: CacheClock
  readonly #own: OwnInvalidations

  constructor (clock: CacheClock, own: OwnInvalidations) {
    this.#clock = clock
    this.#own = own
  }

  /** Those of the names that have a stamp. */
  remember (names: readonly string[], stamps: Stamps, asked: Instant): void {
    for (const name of names) {
      const stamp = stamps.get(name)
      if (typeof stamp === 'string') this.#stamps.set(name, { stamp, asked })
    }
  }

  /** All of the names, none of them older than a number of milliseconds, and when the oldest was asked for; undefined otherwise. */
  recall (names: readonly string[], age: number): { stamps: Stamps, at: number } | undefined {
    const now = this.#clock.elapsed()
    let at = now
    const stamps = new Map<string, string>()
    for (const name of names) {
      const known = this.#stamps.get(name)
      if (known === undefined || now - known.asked.at >= age || this.#own.since([name], known.asked.moment)) return undefined
      stamps.set(name, known.stamp)
      at = Math.min(at, known.asked.at)
    }
    return { stamps, at }
  }
}
