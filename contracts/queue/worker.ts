import { EventEmitter, once } from 'node:events'
import type { Queue, RunningJob } from '../../plugins/queue-stub/index.ts'
import { eventually } from '../expect.ts'

/** Handles the jobs of a name, and remembers them. */
export class Worker {
  readonly active: boolean
  readonly patience: number
  /** Whether jobs fail. */
  failing = false
  readonly #ran: RunningJob[] = []
  readonly #gate = new EventEmitter()
  #held: Promise<unknown> | undefined

  constructor (queue: Queue, name: string, patience: number) {
    this.patience = patience
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

  /** Waits for what follows from a job. */
  async until (condition: () => boolean): Promise<void> {
    await eventually(condition, `a job was taken, but its handler did not run within ${this.patience} ms`, this.patience)
  }

  async #handle (job: RunningJob): Promise<void> {
    await this.#held
    this.#ran.push(job)
    if (this.failing) throw new Error('as asked')
  }
}
