/** What a job carries: anything that JSON holds exactly (and -0, as 0), at most 200 levels and 256 KB of it. */
export type JobData = object | string | number | boolean | null

export interface AddOptions {
  /**
   * Makes sending again safe: the same id of the same name is one job, where `capabilities.deduplication` is true. 1 to 256
   * visible ASCII characters; default a new UUID.
   */
  jobId?: string | undefined
  /** Milliseconds before the job may run; default 0. Above 0 it needs `capabilities.delay`. */
  delay?: number | undefined
  /** How often a job is tried in all while it fails; default 1. Above 1 it needs `capabilities.retry`. */
  attempts?: number | undefined
  /** How long to wait between the tries. Needs `capabilities.retry`. */
  backoff?: Backoff | undefined
  /** Jobs of a lower number run first. Needs `capabilities.priority`. */
  priority?: number | undefined
}

/** `exponential`: the delay doubles with each failure. */
export interface Backoff {
  readonly type: 'fixed' | 'exponential'
  /** Milliseconds before the second try. */
  readonly delay: number
}

/** A job to add; its name is 1 to 128 letters, digits and `. _ : / -`. */
export interface Job {
  readonly name: string
  readonly data: JobData
  readonly options?: AddOptions | undefined
}

/** A job that a schedule adds again and again, each time with an id of its own. */
export interface ScheduledJob extends Job {
  readonly options?: Omit<AddOptions, 'jobId' | 'delay'> | undefined
}

/** `pattern`: five fields of cron, in the time zone `tz`, default UTC. `every`: milliseconds. */
export type Schedule =
  | { readonly pattern: string, readonly tz?: string | undefined, readonly every?: undefined }
  | { readonly every: number, readonly pattern?: undefined, readonly tz?: undefined }

/** The queue has the job, and runs it where a handler for its name is active. */
export interface AcceptedJob {
  readonly accepted: true
  readonly jobId: string
  /** What took the job: the queue's `driver`. */
  readonly driver: string
  /** The queue had a job of this id already: no second one was made. */
  readonly deduplicated: boolean
  /** When a delayed or scheduled job will run, in milliseconds since 1970. */
  readonly runAt?: number
}

/**
 * - `disabled`: there is no queue, and nothing else that would run this job
 * - `unsupported_option`: the driver cannot honour an option, or does not know it, so that the job would not run as asked
 * - `too_large`: the JSON of the data is longer than 256 KB (262,144 bytes)
 * - `unavailable`: the queue is full, cannot be reached, or closes
 */
export type RefusalReason = 'disabled' | 'unsupported_option' | 'too_large' | 'unavailable'

/** The queue surely does not have the job. */
export interface RefusedJob {
  readonly accepted: false
  readonly jobId: string
  readonly reason: RefusalReason
  /** Whether the same job may be accepted a little later; false where only another job or another configuration would be. */
  readonly retryable: boolean
}

/** The reply was lost, so the queue may have the job or not: send it again with the same `jobId`. */
export interface UnknownJob {
  readonly accepted: 'unknown'
  readonly jobId: string
}

export type AddResult = AcceptedJob | RefusedJob | UnknownJob

/** What a driver can honour. Whatever asks for more is refused, never done by halves. */
export interface QueueCapabilities {
  /** The option `delay`. */
  readonly delay: boolean
  /** `upsertSchedule` and `removeSchedule`. */
  readonly schedule: boolean
  /** The option `priority`. */
  readonly priority: boolean
  /** The options `attempts` and `backoff`. */
  readonly retry: boolean
  /** A job whose id and name are those of one that waits or runs is not run again. */
  readonly deduplication: boolean
  /** A job that waits can be taken back, by means of the driver's own. */
  readonly cancel: boolean
  /** What became of a job can be asked, by means of the driver's own. */
  readonly inspect: boolean
}

/** What a handler gets. */
export interface RunningJob<Data = unknown> {
  readonly name: string
  readonly jobId: string
  /** A copy of what was added. */
  readonly data: Data
}

/** Runs a job. Where it throws or rejects, the job failed. */
export type JobHandler<Data = unknown> = (job: RunningJob<Data>) => unknown

export interface ProcessOptions {
  /** Most jobs of this name that run at once; default 1. */
  concurrency?: number | undefined
}

/** Counted since the start of this process, as far as this process knows. */
export interface QueueStats {
  readonly accepted: number
  /** Accepted, but the queue had them already; counted in `accepted` as well. */
  readonly deduplicated: number
  /** Refused jobs and schedules by their job's name. From the 101st name on they are counted under `*`. */
  readonly rejected: Readonly<Record<string, number>>
  /** The same by reason. */
  readonly reasons: Readonly<Record<RefusalReason, number>>
  /** What the handlers of this process did. */
  readonly completed: number
  readonly failed: number
  /** Accepted jobs that wait in this process, and that run in it, now. */
  readonly waiting: number
  readonly running: number
  /** Refused jobs on their way to the app; missing where the app does not ask for them. */
  readonly outbox?: OutboxStats
}

/** What became of refused jobs beside those that the app has taken. */
export interface OutboxStats {
  /** Those that it has yet to take, now. */
  readonly pending: number
  /** Those that it failed to take. */
  readonly failed: number
  /** Those that it was not given, since too many were pending. */
  readonly dropped: number
}

/**
 * Takes jobs that run later. What a queue cannot take is an ordinary result, which says why: it never throws for want of a
 * queue. Mistakes in the call (a bad name, data that JSON would change, an option that cannot be) reject at once with a code
 * `FST_QUEUE_INVALID_*`, alike in every implementation, and also while the queue is disabled.
 */
export interface Queue {
  /** Whether jobs go to a queue that outlives this process. */
  readonly enabled: boolean
  /** What stands behind it: `none` where nothing does. */
  readonly driver: string
  /** Why not; undefined where `enabled` is true. */
  readonly disabledReason: string | undefined
  readonly capabilities: QueueCapabilities
  add (name: string, data: JobData, options?: AddOptions): Promise<AddResult>
  /** Answers one result a job, in order. All are checked first: a mistake in one rejects before any is added. */
  addBulk (jobs: readonly Job[]): Promise<AddResult[]>
  /**
   * `add` for callers that cannot go on without the job. Rejects where it is not accepted, with an error that has a `statusCode`,
   * the `jobId`, and one of the codes `FST_QUEUE_DISABLED` (503), `FST_QUEUE_UNAVAILABLE` (503), `FST_QUEUE_TOO_LARGE` (413) and
   * `FST_QUEUE_UNSUPPORTED_OPTION` (422), or one of the driver's own where the answer is unknown.
   */
  addOrThrow (name: string, data: JobData, options?: AddOptions): Promise<AcceptedJob>
  /** Makes the schedule of this id, or replaces it. The result's `jobId` is the schedule's id. Needs `capabilities.schedule`. */
  upsertSchedule (id: string, schedule: Schedule, job: ScheduledJob): Promise<AddResult>
  /** Answers whether there was one. */
  removeSchedule (id: string): Promise<boolean>
  /**
   * Has jobs of a name run by a handler in this process; `active` is false where none will be. A name has one handler.
   * Throws `FST_QUEUE_INVALID_HANDLER` for a second one, and for what is no function.
   */
  process<Data = unknown> (name: string, handler: JobHandler<Data>, options?: ProcessOptions): { readonly active: boolean }
  stats (): QueueStats
}
