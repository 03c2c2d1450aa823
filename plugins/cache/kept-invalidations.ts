import type { FastifyBaseLogger } from 'fastify'

/** Names; with more than these, everything is invalidated at once. */
const MAX_KEPT = 1_000

/** Milliseconds between tries while nobody reads, doubled with each that fails. */
const FIRST_TRY = 1_000
const LAST_TRY = 30_000

export interface KeptInvalidationsOptions {
  /** Answers whether Redis acknowledged it. Does not reject. */
  readonly remove: (names: readonly string[]) => Promise<boolean>
  /** The stamp whose removal invalidates everything. */
  readonly everything: string
  readonly log: FastifyBaseLogger
}

/** Invalidations that Redis did not acknowledge. They are sent again, before anything else is read. */
export class KeptInvalidations {
  readonly #options: KeptInvalidationsOptions
  /** When each was kept last, counted: what is kept again while it is sent stays. */
  readonly #names = new Map<string, number>()
  #count = 0
  #sending: Promise<boolean> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor (options: KeptInvalidationsOptions) {
    this.#options = options
  }

  get size (): number {
    return this.#names.size
  }

  keep (names: readonly string[]): void {
    for (const name of names) this.#names.set(name, ++this.#count)
    if (this.#names.size > MAX_KEPT) {
      this.#names.clear()
      this.#names.set(this.#options.everything, ++this.#count)
    }
    this.#tryLater(FIRST_TRY)
  }

  /** Whether nothing is left, after another try. */
  async resend (): Promise<boolean> {
    if (this.#names.size === 0) return true
    this.#sending ??= this.#send().finally(() => { this.#sending = undefined })
    return await this.#sending
  }

  /** A last try. What is left then is lost, and said so: other processes may serve it until its ttl ends. */
  async close (): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const done = await this.resend()
    if (!done) this.#options.log.warn(`${this.#names.size} invalidations did not reach Redis: other instances may serve what they name until its ttl ends`)
  }

  async #send (): Promise<boolean> {
    const sent = [...this.#names]
    if (!await this.#options.remove(sent.map(([name]) => name))) return false
    for (const [name, count] of sent) if (this.#names.get(name) === count) this.#names.delete(name)
    return this.#names.size === 0
  }

  #tryLater (ms: number): void {
    if (this.#timer !== undefined || this.#closed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.resend().then(done => { if (!done) this.#tryLater(Math.min(2 * ms, LAST_TRY)) })
    }, ms)
    this.#timer.unref()
  }
}
