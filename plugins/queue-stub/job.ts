import { randomUUID } from 'node:crypto'
import { exactJson } from '../../lib/exact-json.ts'
import { InvalidDataError, InvalidHandlerError, InvalidJobOptionError, InvalidNameError } from './errors.ts'
import type { AddOptions, RefusalReason } from './interface.ts'
import { checkJobOptions, isWhole, JOB_OPTIONS } from './job-options.ts'
import { readOr } from './read.ts'

const MAX_BYTES = 256 * 1024

/** A job without a mistake in it. Its data is kept as JSON, so that the caller's object can change. */
export interface CheckedJob {
  readonly name: string
  readonly jobId: string
  readonly json: string
  readonly options: AddOptions
  /** Why no driver would take it. */
  readonly unfit: RefusalReason | undefined
}

/** Throws for the caller's mistakes; unknown options and too much data are the queue's to refuse. */
export function checkJob (name: unknown, data: unknown, given: unknown = {}, names = JOB_OPTIONS): CheckedJob {
  const checkedName = checkName(name)
  const { options, unknown } = checkJobOptions(given, names)
  const { json, obstacle } = exactJson(data)
  if (json === undefined) throw new InvalidDataError(obstacle)
  return {
    name: checkedName,
    jobId: options.jobId ?? randomUUID(),
    json,
    options,
    unfit: unknown ? 'unsupported_option' : Buffer.byteLength(json) > MAX_BYTES ? 'too_large' : undefined
  }
}

/** `checkJob` for a job of a list, which may be anything as well. */
export function checkListedJob (job: unknown, names = JOB_OPTIONS): CheckedJob {
  const { name, data, options } = readOr(() => new InvalidJobOptionError('a job', 'an object that can be read'), () => {
    const { name, data, options } = Object(job) as { name?: unknown, data?: unknown, options?: unknown }
    return { name, data, options }
  })
  return checkJob(name, data, options, names)
}

export function checkList (jobs: unknown): CheckedJob[] {
  const mistake = () => new InvalidJobOptionError('the jobs', 'an array of { name, data, options }')
  const list = readOr(mistake, () => {
    if (!Array.isArray(jobs)) throw mistake()
    // Not map(), which passes over holes.
    return Array.from({ length: jobs.length }, (_, index): unknown => jobs[index])
  })
  return list.map(job => checkListedJob(job))
}

export function checkName (name: unknown): string {
  if (typeof name !== 'string' || !/^[\w.:/-]{1,128}$/.test(name)) throw new InvalidNameError()
  return name
}

/** Answers the handler's concurrency. */
export function checkHandler (handler: unknown, options: unknown): number {
  if (typeof handler !== 'function') throw new InvalidHandlerError('a handler must be a function')
  const { concurrency, unknown } = readOr(() => new InvalidHandlerError('the options of a handler must be an object that can be read'), () => {
    const { concurrency = 1, ...unknown } = Object(options) as { concurrency?: unknown }
    return { concurrency, unknown }
  })
  if (Object.keys(unknown).length > 0) throw new InvalidHandlerError('the only option of a handler is concurrency')
  if (!isWhole(concurrency, 1)) throw new InvalidHandlerError('the concurrency of a handler must be a whole number, 1 or more')
  return concurrency
}
