import type { FastifyBaseLogger } from 'fastify'
import type { Counters } from './counters.ts'
import type { Encoded } from './value.ts'

/** Keeps what is too large out of a namespace. */
export class SizeLimit {
  readonly #most: number
  readonly #counters: Counters
  readonly #log: FastifyBaseLogger
  #said = false

  /** `most`: bytes. */
  constructor (most: number, counters: Counters, log: FastifyBaseLogger) {
    this.#most = most
    this.#counters = counters
    this.#log = log
  }

  /** Says so in the log the first time that something does not. */
  admits ({ text }: Encoded): boolean {
    const bytes = Buffer.byteLength(text)
    if (bytes <= this.#most) return true
    this.#counters.tooLarge++
    this.#counters.notStored++
    if (!this.#said) this.#log.warn(`a value of ${bytes} bytes is not cached: maxEntrySize is ${this.#most}; further ones are only counted`)
    this.#said = true
    return false
  }
}
