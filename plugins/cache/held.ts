import type { CacheClock } from './clock.ts'
import type { Life, Recorded } from './entry.ts'
import { isNamedAsIs } from './key.ts'
import type { Original } from './original.ts'
import type { Stamps } from './stamps.ts'

/** What an entry takes besides its key and its value. */
const BYTES_OF_AN_ENTRY = 500

/** What a tag and its stamp take besides its name. */
const BYTES_OF_A_TAG = 100

/** When Redis was asked. */
export interface Instant {
  /** Milliseconds by the clock that never goes back. */
  readonly at: number
  /** Of this process's own invalidations: what was asked before one of them may be older. */
  readonly moment: number
}

export interface Confirmation {
  readonly asked: Instant
  /** Undefined where Redis does not tell. */
  readonly answer: Promise<Confirmed | undefined>
}

export interface Confirmed {
  readonly stands: boolean
  readonly asked: Instant
  /** Of the entry's stamps. */
  readonly stamps: Stamps
}

/** An entry as this process has it. */
export class Held {
  readonly key: string
  readonly original: Original
  /** When its ttl ends, as `elapsed` counts. */
  readonly expires: number
  /** Until when it is served without asking Redis, where its key is a string as it was given; otherwise there is more to look at. */
  until = 0
  /** When its stamps were seen to stand. */
  confirmedAt: number
  /** No invalidation of this process until then touches it. */
  moment: number
  /** The round of confirmations in which it was asked for last. */
  usedIn = 0
  /** When it was asked for last, to the second, in whole milliseconds: those take no memory of their own. */
  usedAt = 0
  /** What Redis is being asked about it. */
  confirmation: Confirmation | undefined
  // Not an object of their own: there are many entries.
  readonly #epochs: Recorded['epochs']
  readonly #fence: string
  readonly #tags: Recorded['tags']
  readonly #grace: number

  constructor ({ key, original, recorded, life, clock, asked }: HeldOptions) {
    this.key = key
    this.original = original
    // A writer whose clock is ahead makes it no longer than its ttl.
    this.expires = clock.elapsed() + Math.min(life.ttl, life.writtenAt + life.ttl - clock.now())
    this.confirmedAt = asked.at
    this.moment = asked.moment
    this.#epochs = recorded.epochs
    this.#fence = recorded.fence
    this.#tags = recorded.tags
    this.#grace = life.grace
  }

  /** The stamps that it stands under. */
  get recorded (): Recorded {
    return { epochs: this.#epochs, fence: this.#fence, tags: this.#tags }
  }

  get tags (): readonly string[] {
    return [...this.#tags.keys()]
  }

  hasTags (tags: readonly string[]): boolean {
    return tags.every(tag => this.#tags.has(tag))
  }

  /** When the time ends for which it may be served as stale. */
  get ends (): number {
    return this.expires + this.#grace
  }

  /** Bytes that it takes in memory, about. */
  get size (): number {
    const tags = this.tags.reduce((sum, tag) => sum + BYTES_OF_A_TAG + tag.length, 0)
    return BYTES_OF_AN_ENTRY + 2 * this.key.length + tags + this.original.size
  }

  /** Its stamps stood at a time; it is served for `staleness` milliseconds from then, at most. */
  confirm (at: number, staleness: number): void {
    this.confirmedAt = Math.max(this.confirmedAt, at)
    this.until = isNamedAsIs(this.key) ? Math.min(this.expires, this.confirmedAt + staleness) : 0
  }
}

export interface HeldOptions {
  readonly key: string
  readonly original: Original
  readonly recorded: Recorded
  readonly life: Life
  readonly clock: CacheClock
  readonly asked: Instant
}
