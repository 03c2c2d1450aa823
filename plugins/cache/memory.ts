import { LRUCache } from 'lru-cache'
import type { CacheClock } from './clock.ts'
import type { Held } from './held.ts'
import type { MemoryFigures } from './interface.ts'
import type { Names } from './names.ts'
import type { Original } from './original.ts'
import type { OwnInvalidations } from './own-invalidations.ts'

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
  readonly #entries: LRUCache<string, Held>
  readonly #clock: CacheClock
  readonly #own: OwnInvalidations
  /** Of confirmations. */
  #round = 1

  constructor ({ bytes, entries, staleness, names, clock, own }: MemoryOptions) {
    this.#entries = new LRUCache({ max: entries, maxSize: bytes })
    this.staleness = staleness
    this.names = names
    this.#clock = clock
    this.#own = own
    own.addHolder(() => this.#settle())
  }

  /** What may be served at once. The key is in its canonical form, as everywhere here. */
  hit (key: string): Original | undefined {
    const held = this.#entries.get(key)
    if (held === undefined || this.#clock.elapsed() >= held.until || this.#isInvalidated(held)) return undefined
    held.usedIn = this.#round
    return held.original
  }

  /** What there is, confirmed or not, stale or not; nothing that this process invalidated. */
  find (key: string): Held | undefined {
    const held = this.#entries.get(key)
    if (held === undefined) return undefined
    if (this.#clock.elapsed() >= held.ends || this.#isInvalidated(held)) {
      this.#entries.delete(key)
      return undefined
    }
    held.usedIn = this.#round
    return held
  }

  /** Keeps an entry, unless there is one that was asked for later, or this process invalidated it meanwhile. */
  keep (held: Held): void {
    const there = this.find(held.key)
    if (this.#isInvalidated(held) || (there !== undefined && there.confirmedAt > held.confirmedAt)) return
    held.confirm(held.confirmedAt, this.staleness)
    held.usedIn = this.#round
    this.#entries.set(held.key, held, { size: held.size })
  }

  drop (held: Held): void {
    if (this.#entries.peek(held.key) === held) this.#entries.delete(held.key)
  }

  /** What was asked for since the last call, at most so many, the newest first. */
  takeUsed (most: number): Held[] {
    const used: Held[] = []
    for (const held of this.#entries.values()) {
      if (held.usedIn < this.#round || used.length === most) break
      used.push(held)
    }
    this.#round++
    return used
  }

  figures (): MemoryFigures {
    return { entries: this.#entries.size, bytes: this.#entries.calculatedSize }
  }

  #settle (): void {
    for (const held of [...this.#entries.values()]) if (this.#isInvalidated(held)) this.#entries.delete(held.key)
  }

  #isInvalidated (held: Held): boolean {
    if (held.moment === this.#own.moment) return false
    if (this.#own.since(this.names.all(held), held.moment)) return true
    held.moment = this.#own.moment
    return false
  }
}
