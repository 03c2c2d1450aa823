/** Chance that a seed determines, so that what failed can be played again (mulberry32). */
export class Random {
  #state: number

  constructor (seed: number) {
    this.#state = seed
  }

  /** From 0 to 1. */
  readonly number = (): number => {
    this.#state = (this.#state + 0x6D2B79F5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below (end: number): number {
    return Math.floor(this.number() * end)
  }

  chance (share: number): boolean {
    return this.number() < share
  }

  pick<T> (list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** One to so many of a list, each once. */
  some<T> (list: readonly T[], most: number): T[] {
    return [...new Set(Array.from({ length: 1 + this.below(most) }, () => this.pick(list)))]
  }
}
