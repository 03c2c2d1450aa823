import type { PresenceClock } from '../../index.ts'

interface Timer { readonly at: number, readonly run: () => void }

/** Time that passes when it is told to, so that nobody waits for an hour of beats. */
export class VirtualClock implements PresenceClock {
  readonly #timers = new Set<Timer>()
  readonly #settle: () => Promise<void>
  #now = Date.now()

  /** @param settle resolves when what a timer began has come to its end */
  constructor (settle: () => Promise<void>) {
    this.#settle = settle
  }

  now (): number {
    return this.#now
  }

  after (ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => { this.#timers.delete(timer) }
  }

  /** Lets time pass; timers run one after another, each when all before it is done. */
  async pass (ms: number): Promise<void> {
    const end = this.#now + ms
    await this.#settle()
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await this.#settle()
    }
    this.#now = end
  }

  #due (end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer
    return first
  }
}
