import { INLINE, NONE } from './capabilities.ts'
import { InvalidHandlerError, refusalErrors } from './errors.ts'
import type { InlineRunner } from './inline.ts'
import type {
  AcceptedJob, AddOptions, Job, JobData, JobHandler, ProcessOptions, Queue, QueueCapabilities, QueueStats, RefusedJob, Schedule,
  ScheduledJob
} from './interface.ts'
import { checkHandler, checkJob, checkList, checkListedJob, checkName, type CheckedJob } from './job.ts'
import { SCHEDULED_JOB_OPTIONS } from './job-options.ts'
import type { Rejections } from './rejections.ts'
import { checkSchedule, checkScheduleId } from './schedule.ts'

/** A queue without a driver: refuses each job in the way that its caller can deal with, or has it run by the inline runner. */
export class DriverlessQueue implements Queue {
  readonly enabled = false
  readonly driver: 'none' | 'inline'
  readonly disabledReason: string
  readonly capabilities: QueueCapabilities
  readonly #rejections: Rejections
  readonly #runner: InlineRunner | undefined
  readonly #handled = new Set<string>()
  #accepted = 0
  #deduplicated = 0

  constructor (disabledReason: string, rejections: Rejections, runner?: InlineRunner) {
    this.disabledReason = disabledReason
    this.driver = runner === undefined ? 'none' : 'inline'
    this.capabilities = runner === undefined ? NONE : INLINE
    this.#rejections = rejections
    this.#runner = runner
  }

  async add (name: string, data: JobData, options?: AddOptions): Promise<AcceptedJob | RefusedJob> {
    return await this.#kept(this.#offer(checkJob(name, data, options)))
  }

  async addBulk (jobs: readonly Job[]): Promise<Array<AcceptedJob | RefusedJob>> {
    return await this.#kept(checkList(jobs).map(job => this.#offer(job)))
  }

  async addOrThrow (name: string, data: JobData, options?: AddOptions): Promise<AcceptedJob> {
    const result = await this.add(name, data, options)
    if (result.accepted) return result
    throw new refusalErrors[result.reason](name, result.jobId)
  }

  async upsertSchedule (id: string, schedule: Schedule, job: ScheduledJob): Promise<RefusedJob> {
    const checked = { ...checkListedJob(job, SCHEDULED_JOB_OPTIONS), jobId: checkScheduleId(id) }
    const checkedSchedule = checkSchedule(schedule)
    const reason = this.#runner?.handles(checked.name) === true ? 'unsupported_option' : 'disabled'
    return await this.#kept(this.#rejections.refuse(checked, checked.unfit ?? reason, checkedSchedule))
  }

  async removeSchedule (id: string): Promise<boolean> {
    checkScheduleId(id)
    return false
  }

  process<Data = unknown> (name: string, handler: JobHandler<Data>, options?: ProcessOptions): { active: boolean } {
    const checked = checkName(name)
    const concurrency = checkHandler(handler, options)
    if (this.#handled.has(checked)) throw new InvalidHandlerError(`the job ${checked} has a handler already: register one a name`)
    this.#handled.add(checked)
    this.#runner?.handle(checked, handler as JobHandler, concurrency)
    return { active: this.#runner !== undefined }
  }

  stats (): QueueStats {
    const { outbox } = this.#rejections
    return {
      accepted: this.#accepted,
      deduplicated: this.#deduplicated,
      rejected: this.#rejections.byName.snapshot(),
      reasons: { ...this.#rejections.reasons },
      completed: 0,
      failed: 0,
      running: 0,
      ...this.#runner?.counters,
      waiting: this.#runner?.waiting ?? 0,
      ...(outbox === undefined ? {} : { outbox })
    }
  }

  #offer (job: CheckedJob): AcceptedJob | RefusedJob {
    // While nothing would take the job anyway that is the answer, whatever it asks for.
    const outcome = job.unfit ?? this.#runner?.offer(job) ?? 'disabled'
    if (outcome !== 'taken' && outcome !== 'deduplicated') return this.#rejections.refuse(job, outcome)
    const deduplicated = outcome === 'deduplicated'
    this.#accepted++
    if (deduplicated) this.#deduplicated++
    return { accepted: true, jobId: job.jobId, driver: this.driver, deduplicated }
  }

  async #kept<Answer> (answer: Answer): Promise<Answer> {
    await this.#rejections.keptIfClosing()
    return answer
  }
}
