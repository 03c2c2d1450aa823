/** Names; with more than these, all are forgotten, and what was read or loaded before counts as invalidated. */
const MAX_NAMES = 10_000

/** What this process invalidated, by moments: it counts here at once, for what was read or loaded before it. */
export class OwnInvalidations {
  /** Grows with each invalidation. */
  moment = 0
  readonly #moments = new Map<string, number>()
  /** Apply what is noted to what they hold. */
  readonly #holders: Array<() => void> = []
  /** Everything counts as invalidated until then. */
  #floor = 0

  /** `settle`: called before names are forgotten, so that what they do not touch outlives that. */
  addHolder (settle: () => void): void {
    this.#holders.push(settle)
  }

  /** Names of stamps and entries. Noted when an invalidation begins, and when it has ended: what began meanwhile may be older. */
  note (names: readonly string[]): void {
    this.moment++
    for (const name of names) this.#moments.set(name, this.moment)
    if (this.#moments.size <= MAX_NAMES) return
    for (const settle of this.#holders) settle()
    this.#moments.clear()
    this.#floor = this.moment
  }

  /** Whether one of these names was invalidated after a moment. */
  since (names: readonly string[], moment: number): boolean {
    return moment < this.#floor || names.some(name => (this.#moments.get(name) ?? 0) > moment)
  }
}
