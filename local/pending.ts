import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** Executions that are still to come or under way, whether or not a client waits for them. */
export class Pending {
  readonly #running = new Set<Promise<unknown>>()
  readonly #closing = new AbortController()

  constructor () {
    // Every delayed request listens to it, however many there are.
    setMaxListeners(0, this.#closing.signal)
  }

  /** Follows an execution to its end; its outcome stays the caller's matter. */
  track<T> (execution: Promise<T>): Promise<T> {
    const end = execution.then(() => {}, () => {}).finally(() => this.#running.delete(end))
    this.#running.add(end)
    return execution
  }

  /** Runs something after a while that nobody waits for, unless the endpoint is closed before. */
  later (ms: number, execute: () => Promise<unknown>): void {
    this.track(this.wait(ms).then(execute)).catch(() => {})
  }

  /** Rejects when the endpoint is closed meanwhile. */
  wait (ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#closing.signal })
  }

  /** Resolves once nothing is under way. */
  async settled (): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Gives up what has not begun. */
  cancel (): void {
    this.#closing.abort()
  }
}
