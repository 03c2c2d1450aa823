import { cloneJson, decode, type Encoded } from './value.ts'

/** A value that several ask for: each gets a copy of its own. */
export class Original {
  /** Undefined where another form is at hand that is faster to copy. */
  #encoded: Encoded | undefined
  #value: unknown
  /** Whether the value is still to be given to the first who asks. */
  #first = true
  /** Of a primitive value: nobody can change it, so all get the same. */
  #answer: Promise<unknown> | undefined
  #view: { of: unknown } | undefined
  /** Bytes that it takes in memory, about: an object takes more than its text. */
  readonly size: number

  /** Throws for a text that `encode` did not make. */
  constructor (encoded: Encoded) {
    this.#value = decode(encoded)
    if (this.#value === undefined) throw new TypeError('no value')
    this.#encoded = typeof this.#value === 'object' && this.#value !== null ? encoded : undefined
    this.size = Buffer.byteLength(encoded.text) * (this.#encoded === undefined ? 1 : 3)
  }

  copy (): unknown {
    if (this.#encoded === undefined) return this.#isPrimitive ? this.#value : cloneJson(this.#value as object)
    const value = this.#first ? this.#value : decode(this.#encoded)
    // What is asked for once is often not asked for again: only what is gets its fast form.
    if (this.#first) this.#value = undefined
    else if (this.#encoded.format === 'j') {
      try {
        const clone = cloneJson(value as object)
        this.#value = value
        this.#encoded = undefined
        return clone
      } catch {
        // Others may write under our names: what is too deep for that is read from its text each time.
      }
    }
    this.#first = false
    return value
  }

  /** What `make` makes of a copy: made once, and the same for all who ask. One value is only ever seen through one function. */
  view<T> (make: (value: unknown) => T): T {
    this.#view ??= { of: make(this.copy()) }
    return this.#view.of as T
  }

  /** The copy as what an async method answers; a primitive value's is made once. */
  answer (): Promise<unknown> {
    if (this.#answer !== undefined) return this.#answer
    const answer = Promise.resolve(this.copy())
    if (this.#isPrimitive) this.#answer = answer
    return answer
  }

  get #isPrimitive (): boolean {
    return this.#encoded === undefined && (typeof this.#value !== 'object' || this.#value === null)
  }
}
