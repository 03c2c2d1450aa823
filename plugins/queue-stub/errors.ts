import createError from '@fastify/error'
import type { RefusalReason } from './interface.ts'

// Messages name the mend and at most the job's name, never its data: they end in logs.

/** The caller's mistake: a name that no job can have. */
export class InvalidNameError extends createError<'FST_QUEUE_INVALID_NAME', 500, []>(
  'FST_QUEUE_INVALID_NAME', 'a job\'s name is 1 to 128 letters, digits and . _ : / -', 500) {}

/** The caller's mistake: data that JSON cannot hold, or would change without a word. */
export class InvalidDataError extends createError<'FST_QUEUE_INVALID_DATA', 500, [found: string]>(
  'FST_QUEUE_INVALID_DATA', 'job data must be what JSON holds exactly, but there is %s: turn it into plain objects, lists, strings, finite numbers', 500) {}

/** The caller's mistake: an option of a job has a value that it cannot have, or a list of jobs is none. */
export class InvalidJobOptionError extends createError<'FST_QUEUE_INVALID_JOB_OPTION', 500, [what: string, rule: string]>(
  'FST_QUEUE_INVALID_JOB_OPTION', '%s must be %s', 500) {}

/** The caller's mistake: a schedule, or its id, that cannot be. */
export class InvalidScheduleError extends createError<'FST_QUEUE_INVALID_SCHEDULE', 500, [rule: string]>(
  'FST_QUEUE_INVALID_SCHEDULE', 'a schedule needs %s', 500) {}

/** The caller's mistake: no function, options that cannot be, or a second handler for a name. */
export class InvalidHandlerError extends createError<'FST_QUEUE_INVALID_HANDLER', 500, [complaint: string]>(
  'FST_QUEUE_INVALID_HANDLER', '%s', 500) {}

/** What `addOrThrow` throws for a job that is well-formed, but was not accepted. */
function refusal<Code extends string, Status extends number> (code: Code, status: Status, why: string) {
  return class extends createError<Code, Status, [name: string]>(code, `job %s: not accepted, ${why}`, status) {
    readonly jobId: string

    constructor (name: string, jobId: string) {
      super(name)
      this.jobId = jobId
    }
  }
}

/** From `addOrThrow`: background jobs are disabled. */
export class QueueDisabledError extends refusal('FST_QUEUE_DISABLED', 503,
  'background jobs are disabled and nothing in this process runs this one; fastify.queue.disabledReason says why') {}

/** From `addOrThrow`: the queue is full or closing; the same job may be accepted later. */
export class QueueUnavailableError extends refusal('FST_QUEUE_UNAVAILABLE', 503, 'the queue is full or closing; send it again with the same jobId') {}

/** From `addOrThrow`: the data is longer than 256 KB. */
export class JobTooLargeError extends refusal('FST_QUEUE_TOO_LARGE', 413, 'its data is longer than 256 KB; store it elsewhere and add what names it') {}

/** From `addOrThrow`: an option is unknown, or not among the queue's `capabilities`. */
export class UnsupportedOptionError extends refusal('FST_QUEUE_UNSUPPORTED_OPTION', 422, 'an option is unknown or not among fastify.queue.capabilities') {}

/** The error of `addOrThrow` for each reason. */
export const refusalErrors = {
  disabled: QueueDisabledError,
  unavailable: QueueUnavailableError,
  too_large: JobTooLargeError,
  unsupported_option: UnsupportedOptionError
} satisfies Record<RefusalReason, unknown>
