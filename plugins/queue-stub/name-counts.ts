const MAX_NAMES = 100

/** Counts by names that callers give: a caller that makes up names must not fill the memory. */
export class NameCounts {
  // A Map, since `__proto__` is a name as well.
  readonly #counts = new Map<string, number>()

  /** Answers under which name it was counted: `*`, which no job has, stands for all beyond the first hundred. */
  count (name: string): string {
    const key = this.#counts.has(name) || this.#counts.size < MAX_NAMES ? name : '*'
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    return key
  }

  snapshot (): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}
