import type { FastifyBaseLogger } from 'fastify'
import { errorLabel } from './errors.ts'
import type { Leftovers } from './inline.ts'
import type { AddOptions, JobData, RefusalReason, RefusedJob, Schedule } from './interface.ts'
import type { CheckedJob } from './job.ts'
import { NameCounts } from './name-counts.ts'

/** A job that will not run, or may not have run to its end, as `onRejected` gets it: all that is needed to add it again. */
export interface RejectedJob {
  readonly name: string
  /** A copy of what was added. */
  readonly data: JobData
  readonly jobId: string
  /** Those that were understood. */
  readonly options: AddOptions
  /** `unavailable` also for an inline job that was accepted and not begun; `interrupted`: one that was still running, and may be done in part, when the app had to close. */
  readonly reason: RefusalReason | 'interrupted'
  /** What `upsertSchedule` was asked for; its id is the `jobId`. */
  readonly schedule?: Schedule
}

export type RejectionHandler = (job: RejectedJob) => unknown

/** Sees to it that no refused job is lost in silence: counts it, tells of it, and hands it to the app. */
export class Rejections {
  readonly reasons: Record<RefusalReason, number> = { disabled: 0, unsupported_option: 0, too_large: 0, unavailable: 0 }
  readonly byName = new NameCounts()
  readonly #told = new Set<string>()
  readonly #log: FastifyBaseLogger
  readonly #onRejected: RejectionHandler | undefined
  readonly #pending = new Set<Promise<void>>()

  constructor (log: FastifyBaseLogger, onRejected: RejectionHandler | undefined) {
    this.#log = log
    this.#onRejected = onRejected
  }

  refuse (job: CheckedJob, reason: RefusalReason, schedule?: Schedule): RefusedJob {
    this.reasons[reason]++
    this.#tellOnce(this.byName.count(job.name), reason)
    this.handOver(job, reason, schedule)
    return { accepted: false, jobId: job.jobId, reason, retryable: reason === 'unavailable' }
  }

  /** Gives the job to `onRejected`, for which nobody waits but `settled`. */
  handOver (job: CheckedJob, reason: RejectedJob['reason'], schedule?: Schedule): void {
    const onRejected = this.#onRejected
    if (onRejected === undefined) return
    const { name, jobId, options, json } = job
    const rejected = { name, data: JSON.parse(json), jobId, options, reason, ...(schedule === undefined ? {} : { schedule }) }
    const call = async () => {
      try {
        await onRejected(rejected)
      } catch (error) {
        this.#log.error({ job: name, jobId, error: errorLabel(error) }, 'onRejected failed: the job is lost unless its caller adds it again')
      }
    }
    const pending = call().then(() => { this.#pending.delete(pending) })
    this.#pending.add(pending)
  }

  /** Accepted jobs that the app had to close without. */
  giveUp ({ waiting, running }: Leftovers): void {
    if (waiting.length + running.length === 0) return
    this.#log.warn({ waiting: countNames(waiting), running: countNames(running) },
      'closing without the end of inline jobs: those that waited are not run, those that ran are cut off')
    for (const job of waiting) this.handOver(job, 'unavailable')
    for (const job of running) this.handOver(job, 'interrupted')
  }

  /** Resolves when `onRejected` is done with all that it was given so far. */
  async settled (): Promise<void> {
    await Promise.all(this.#pending)
  }

  #tellOnce (job: string, reason: RefusalReason): void {
    const kind = `${reason} ${job}`
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    this.#log.warn({ job, reason }, 'a job was refused; told once a name and reason, and counted in stats()')
  }
}

function countNames (jobs: readonly CheckedJob[]): Record<string, number> {
  const counts = new NameCounts()
  for (const { name } of jobs) counts.count(name)
  return counts.snapshot()
}
