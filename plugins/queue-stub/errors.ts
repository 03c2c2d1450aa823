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
/** From `addOrThrow`: background jobs are disabled. */
export class QueueDisabledError extends createError<'FST_QUEUE_DISABLED', 503, [name: string]>(
  'FST_QUEUE_DISABLED', 'job %s: not accepted, background jobs are disabled; fastify.queue.disabledReason says why', 503) {
  readonly jobId: string

  constructor (name: string, jobId: string) {
    super(name)
    this.jobId = jobId
  }
}

/** From `addOrThrow`: the queue is full or closing; the same job may be accepted later. */
export class QueueUnavailableError extends createError<'FST_QUEUE_UNAVAILABLE', 503, [name: string]>(
  'FST_QUEUE_UNAVAILABLE', 'job %s: not accepted, the queue is full or closing; send it again with the same jobId', 503) {
  readonly jobId: string

  constructor (name: string, jobId: string) {
    super(name)
    this.jobId = jobId
  }
}

/** From `addOrThrow`: the data is longer than 256 KB. */
export class JobTooLargeError extends createError<'FST_QUEUE_TOO_LARGE', 413, [name: string]>(
  'FST_QUEUE_TOO_LARGE', 'job %s: not accepted, its data is longer than 256 KB; store it elsewhere and add what names it', 413) {
  readonly jobId: string

  constructor (name: string, jobId: string) {
    super(name)
    this.jobId = jobId
  }
}

/** From `addOrThrow`: an option is unknown, or not among the queue's `capabilities`. */
export class UnsupportedOptionError extends createError<'FST_QUEUE_UNSUPPORTED_OPTION', 422, [name: string]>(
  'FST_QUEUE_UNSUPPORTED_OPTION', 'job %s: not accepted, an option is unknown or not among fastify.queue.capabilities', 422) {
  readonly jobId: string

  constructor (name: string, jobId: string) {
    super(name)
    this.jobId = jobId
  }
}

/** The error of `addOrThrow` for each reason. */
export const refusalErrors = {
  disabled: QueueDisabledError,
  unavailable: QueueUnavailableError,
  too_large: JobTooLargeError,
  unsupported_option: UnsupportedOptionError
} satisfies Record<RefusalReason, unknown>

/** The code or the name of whatever was thrown: its message may quote a job's data. */
export function errorLabel (error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown, name?: unknown }
  if (typeof code === 'string') return code
  return typeof name === 'string' ? name : typeof error
}
