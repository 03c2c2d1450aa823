import { LRUCache } from 'lru-cache'
import type { CacheClock } from './clock.ts'
import type { Held } from './held.ts'
import type { CacheKey, MemoryFigures } from './interface.ts'
import type { Names } from './names.ts'
import type { Original } from './original.ts'
import type { OwnInvalidations } from './own-invalidations.ts'

/** Milliseconds after which a use counts again for the order in which entries are given up. */
const PROMOTE_EVERY = 1_000

export interface MemoryOptions {
  readonly bytes: number
  readonly entries: number
  /** Milliseconds that an entry is served without asking Redis. */
  readonly staleness: number
  readonly names: Names
  readonly clock: CacheClock
  readonly own: OwnInvalidations
}

/** The entries of a namespace that this process has used last. */
export class Memory {
  readonly staleness: number
  readonly names: Names
  /** What there is. The order in which it is given up is beside it, whose own look-up does more than most calls need. */
  readonly #entries = new Map<string, Held>()
  readonly #order: LRUCache<string, Held>
  readonly #clock: CacheClock
  readonly #own: OwnInvalidations
  /** Of confirmations. */
  #round = 1

  constructor ({ bytes, entries, staleness, names, clock, own }: MemoryOptions) {
    this.#order = new LRUCache({ max: entries, maxSize: bytes, dispose: (_held, key) => { this.#entries.delete(key) } })
    this.staleness = staleness
    this.names = names
    this.#clock = clock
    this.#own = own
    own.addHolder(() => this.#settle())
  }

  /** What may be served at once, of a key as a caller gave it: only a string that is its own canonical form names anything here. */
  hit (key: CacheKey): Original | undefined {
    const held = this.#entries.get(key as string)
    if (held === undefined) return undefined
    const now = this.#clock.elapsed()
    if (now >= held.until || this.#isInvalidated(held)) return undefined
    if (held.usedIn !== this.#round || now >= held.usedAt + PROMOTE_EVERY) this.#promote(held, now)
    return held.original
  }

  /** What there is under a key in its canonical form, confirmed or not, stale or not; nothing that this process invalidated. */
  find (key: string): Held | undefined {
    const held = this.#entries.get(key)
    if (held === undefined) return undefined
    const now = this.#clock.elapsed()
    if (now >= held.ends || this.#isInvalidated(held)) {
      this.#order.delete(key)
      return undefined
    }
    this.#promote(held, now)
    return held
  }

  /** Keeps an entry, unless there is one that was asked for later, or this process invalidated it meanwhile. */
  keep (held: Held): void {
    const there = this.find(held.key)
    if (this.#isInvalidated(held) || (there !== undefined && there.confirmedAt > held.confirmedAt)) return
    held.confirm(held.confirmedAt, this.staleness)
    held.usedIn = this.#round
    held.usedAt = Math.floor(this.#clock.elapsed())
    this.#order.set(held.key, held, { size: held.size })
    // One that is larger than all may be is not taken.
    if (this.#order.has(held.key)) this.#entries.set(held.key, held)
  }

  drop (held: Held): void {
    if (this.#entries.get(held.key) === held) this.#order.delete(held.key)
  }

  /** What was asked for since the last call, at most so many, the newest first. */
  takeUsed (most: number): Held[] {
    const used: Held[] = []
    for (const held of this.#order.values()) {
      if (held.usedIn < this.#round || used.length === most) break
      used.push(held)
    }
    this.#round++
    return used
  }

  /** What was used since a time, the newest first. */
  * usedSince (time: number): Generator<Held> {
    for (const held of this.#order.values()) {
      if (held.usedAt < time) return
      yield held
    }
  }

  figures (): MemoryFigures {
    return { entries: this.#entries.size, bytes: this.#order.calculatedSize }
  }

  /** To the newest. */
  #promote (held: Held, now: number): void {
    this.#order.get(held.key)
    held.usedIn = this.#round
    held.usedAt = Math.floor(now)
  }

  #settle (): void {
    for (const held of [...this.#entries.values()]) if (this.#isInvalidated(held)) this.#order.delete(held.key)
  }

  #isInvalidated (held: Held): boolean {
    if (held.moment === this.#own.moment) return false
    if (this.#own.since(this.names.all(held), held.moment)) return true
    held.moment = this.#own.moment
    return false
  }
}
