import type { PresenceClock } from '../../../plugins/presence/index.ts'

/** The clock of a process that can be paused, as a host does it: what falls due meanwhile runs when it goes on. */
export class PausableClock implements PresenceClock {
  #now: number
  readonly #timers = new Map<symbol, { due: number, run: () => void }>()
  #isPaused = false

  constructor (now: number) {
    this.#now = now
  }

  now (): number {
    return this.#now
  }

  after (ms: number, run: () => void): () => void {
    const id = Symbol('timer')
    this.#timers.set(id, { due: this.#now + ms, run })
    return () => { this.#timers.delete(id) }
  }

  /** So many milliseconds go by. */
  pass (ms: number): void {
    this.#now += ms
    if (!this.#isPaused) this.#runDue()
  }

  pause (): void {
    this.#isPaused = true
  }

  resume (): void {
    this.#isPaused = false
    this.#runDue()
  }

  #runDue (): void {
    const due = [...this.#timers].filter(([, timer]) => timer.due <= this.#now).sort(([, one], [, other]) => one.due - other.due)
    // One of them may call off the next.
    for (const [id, { run }] of due) if (this.#timers.delete(id)) run()
  }
}
