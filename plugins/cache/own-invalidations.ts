/** Names; with more than these, the older ones are forgotten. */
const MAX_NAMES = 10_000

/** What this process invalidated, by moments: it counts here at once, for what was read or loaded before it. */
export class OwnInvalidations {
  /** Grows with each invalidation. */
  moment = 0
  #recent = new Map<string, number>()
  #recentSince = 0
  #older: ReadonlyMap<string, number> = new Map()
  /** What came before is forgotten: everything may have been invalidated then. */
  #floor = 0

  /** Names of stamps and entries. Noted when an invalidation begins, and when it has ended: what began meanwhile may be older. */
  note (names: readonly string[]): void {
    this.moment++
    for (const name of names) this.#recent.set(name, this.moment)
    if (this.#recent.size <= MAX_NAMES) return
    this.#older = this.#recent
    this.#floor = this.#recentSince
    this.#recent = new Map()
    this.#recentSince = this.moment
  }

  /** Whether one of these names was invalidated after a moment, as far as that is known. */
  since (names: readonly string[], moment: number): boolean {
    return moment < this.#floor || names.some(name => (this.#recent.get(name) ?? this.#older.get(name) ?? 0) > moment)
  }
}
