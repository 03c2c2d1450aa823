import { AsyncResource } from 'node:async_hooks'
import type { FastifyBaseLogger } from 'fastify'
import type { AddOptions, JobData, OutboxStats, RefusalReason, Schedule } from './interface.ts'
import type { CheckedJob } from './job.ts'
import { logFailure } from './log-failure.ts'

/** Enough for a database to work on at once, and few enough for its pool. */
const AT_ONCE = 10
const MAX_PENDING = 1000

/** A job that will not run, or may not have run to its end, as `onRejected` gets it: all that is needed to add it again. */
export interface RejectedJob {
  readonly name: string
  /** A copy of what was added. */
  readonly data: JobData
  readonly jobId: string
  /** A copy of those that were understood. */
  readonly options: AddOptions
  /** `unavailable` also for an inline job that was accepted and not begun; `interrupted`: one that was still running, and may be done in part, when the app had to close. */
  readonly reason: RefusalReason | 'interrupted'
  /** What `upsertSchedule` was asked for; its id is the `jobId`. */
  readonly schedule?: Schedule
}

export type RejectionHandler = (job: RejectedJob) => unknown

/** A job on its way to `onRejected`. Its data stays JSON until then. */
export interface HandOver {
  readonly job: CheckedJob
  readonly reason: RejectedJob['reason']
  readonly schedule?: Schedule | undefined
}

/** Hands refused jobs to `onRejected`, in order and a few at once, so that a slow or stuck one costs a bounded memory. */
export class Outbox {
  readonly #onRejected: RejectionHandler
  readonly #log: FastifyBaseLogger
  readonly #waiting: HandOver[] = []
  #running = 0
  #failed = 0
  #dropped = 0
  #scheduled = false
  #whenEmpty: Array<() => void> = []

  constructor (onRejected: RejectionHandler, log: FastifyBaseLogger) {
    // Else it would run in the async context of whatever request happened to make room for it.
    this.#onRejected = AsyncResource.bind(onRejected)
    this.#log = log
  }

  get stats (): OutboxStats {
    return { pending: this.#waiting.length + this.#running, failed: this.#failed, dropped: this.#dropped }
  }

  /** Never in the turn of the caller: an `onRejected` that adds the job again would not come back. */
  put (handOver: HandOver): void {
    if (this.stats.pending < MAX_PENDING) this.keep([handOver])
    else if (++this.#dropped === 1) {
      this.#log.warn({ pending: MAX_PENDING }, 'onRejected is behind: refused jobs beyond those that wait for it are lost unless their callers add them again; told once, and counted in stats().outbox')
    }
  }

  /** `put` for jobs that take memory already, whatever their number. */
  keep (handOvers: readonly HandOver[]): void {
    for (const handOver of handOvers) this.#waiting.push(handOver)
    this.#schedule()
  }

  /** Resolves when nothing is pending, which is not before jobs that are refused meanwhile are done with. */
  async settled (): Promise<void> {
    while (this.stats.pending > 0) await new Promise<void>(resolve => { this.#whenEmpty.push(resolve) })
  }

  #schedule (): void {
    if (this.#scheduled || this.#waiting.length === 0 || this.#running >= AT_ONCE) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const handOver of this.#waiting.splice(0, AT_ONCE - this.#running)) this.#run(handOver)
    })
  }

  /** Never rejects. */
  async #run ({ job, reason, schedule }: HandOver): Promise<void> {
    this.#running++
    try {
      const { name, jobId, options, json } = job
      await this.#onRejected({ name, data: JSON.parse(json), jobId, options, reason, ...(schedule === undefined ? {} : { schedule }) })
    } catch (error) {
      this.#failed++
      logFailure(this.#log, job, error, 'onRejected failed: the job is lost unless its caller adds it again')
    }
    this.#running--
    if (this.stats.pending === 0) this.#whenEmpty.splice(0).forEach(resolve => resolve())
    this.#schedule()
  }
}
