import type { FastifyBaseLogger } from 'fastify'
import type { Budget } from '../../lib/budget.ts'
import type { Leftovers } from './inline.ts'
import type { OutboxStats, RefusalReason, RefusedJob, Schedule } from './interface.ts'
import type { CheckedJob } from './job.ts'
import { NameCounts } from './name-counts.ts'
import type { Outbox } from './outbox.ts'

const WHY: Record<RefusalReason, string> = {
  disabled: 'background jobs are disabled, and nothing in this process runs this one',
  unsupported_option: 'an option is unknown, or not among the queue\'s capabilities',
  too_large: 'its data is longer than 256 KB',
  unavailable: 'the queue is full or closing'
}

/** Sees to it that no refused job is lost in silence: counts it, tells of it, and gives it to the outbox. */
export class Rejections {
  readonly reasons: Record<RefusalReason, number> = { disabled: 0, unsupported_option: 0, too_large: 0, unavailable: 0 }
  readonly byName = new NameCounts()
  readonly #told = new Set<string>()
  readonly #log: FastifyBaseLogger
  readonly #closing: Budget
  readonly #outbox: Outbox | undefined

  /** `closing`: the time that the app's close may take, which has begun when it does. */
  constructor (log: FastifyBaseLogger, closing: Budget, outbox: Outbox | undefined) {
    this.#log = log
    this.#closing = closing
    this.#outbox = outbox
  }

  get outbox (): OutboxStats | undefined {
    return this.#outbox?.stats
  }

  refuse (job: CheckedJob, reason: RefusalReason, schedule?: Schedule): RefusedJob {
    this.reasons[reason]++
    this.#tellOnce(this.byName.count(job.name), reason)
    this.#outbox?.put({ job, reason, schedule })
    return { accepted: false, jobId: job.jobId, reason, retryable: reason === 'unavailable' }
  }

  /** Accepted jobs that the app had to close without. */
  giveUp ({ waiting, running }: Leftovers): void {
    if (waiting.length + running.length === 0) return
    this.#log.warn({ waiting: countNames(waiting), running: countNames(running) },
      'closing without the end of inline jobs: those that waited are not run, those that ran are cut off')
    this.#outbox?.keep(waiting.map(job => ({ job, reason: 'unavailable' })))
    this.#outbox?.keep(running.map(job => ({ job, reason: 'interrupted' })))
  }

  /** Resolves when the outbox has all, or the time to close is over. */
  async settled (): Promise<void> {
    if (this.#outbox !== undefined) await this.#closing.wait(this.#outbox.settled())
  }

  /** `settled` while the app closes, else at once. What takes jobs to the app's database then must not outlive whoever adds one. */
  async keptIfClosing (): Promise<void> {
    if (this.#closing.begun) await this.settled()
  }

  #tellOnce (job: string, reason: RefusalReason): void {
    const kind = `${reason} ${job}`
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    this.#log.warn({ job, reason }, `a job was refused: ${WHY[reason]}; told once a name and reason, and counted in stats()`)
  }
}

function countNames (jobs: readonly CheckedJob[]): Record<string, number> {
  const counts = new NameCounts()
  for (const { name } of jobs) counts.count(name)
  return counts.snapshot()
}
