interface Link<Key, Value> {
  readonly key: Key
  value: Value
  before: Link<Key, Value> | undefined
  after: Link<Key, Value> | undefined
}

/** A map that knows its last key. A `Map` has to be walked for it, for each of the thousands of connections of one user. */
export class LinkedMap<Key, Value> {
  readonly #links = new Map<Key, Link<Key, Value>>()
  #last: Link<Key, Value> | undefined

  get size (): number { return this.#links.size }
  /** Of those that are there, the one that came last; a new value is no new coming. */
  get last (): Key | undefined { return this.#last?.key }

  /** Answers the value before. */
  set (key: Key, value: Value): Value | undefined {
    const known = this.#links.get(key)
    if (known === undefined) {
      const link = { key, value, before: this.#last, after: undefined }
      this.#links.set(key, link)
      if (this.#last !== undefined) this.#last.after = link
      this.#last = link
      return undefined
    }
    const { value: before } = known
    known.value = value
    return before
  }

  /** Answers the value that was there. */
  delete (key: Key): Value | undefined {
    const link = this.#links.get(key)
    if (link === undefined) return undefined
    this.#links.delete(key)
    const { before, after, value } = link
    if (before !== undefined) before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    return value
  }
}
