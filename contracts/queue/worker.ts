import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type { Queue, RunningJob } from '../../plugins/queue-stub/index.ts'

/** Handles the jobs of a name, and remembers them. */
export class Worker {
  readonly active: boolean
  readonly timeLimit: number
  /** Whether jobs fail. */
  failing = false
  readonly #ran: RunningJob[] = []
  readonly #gate = new EventEmitter()
  #held: Promise<unknown> | undefined

  constructor (queue: Queue, name: string, timeLimit: number) {
    this.timeLimit = timeLimit
    this.active = queue.process(name, job => this.#handle(job)).active
  }

  /** Has jobs wait in their handler until the function that it answers is called. */
  hold (): () => void {
    this.#held = once(this.#gate, 'open')
    return () => this.#gate.emit('open')
  }

  /** What has run, once it is that many. */
  async hasRun (jobs: number): Promise<readonly RunningJob[]> {
    await this.until(() => this.#ran.length >= jobs)
    return this.#ran
  }

  /** Waits for what follows from a job, not longer than the time limit. */
  async until (condition: () => boolean): Promise<void> {
    const end = performance.now() + this.timeLimit
    while (!condition()) {
      assert.ok(performance.now() < end, `a job was taken, but its handler did not run within ${this.timeLimit} ms`)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }

  async #handle (job: RunningJob): Promise<void> {
    await this.#held
    this.#ran.push(job)
    if (this.failing) throw new Error('as asked')
  }
}
