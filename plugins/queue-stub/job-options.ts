import { InvalidJobOptionError } from './errors.ts'
import type { AddOptions, QueueCapabilities } from './interface.ts'

type Rule = readonly [text: string, holds: (value: unknown) => boolean]

const RULES: Record<keyof AddOptions, Rule> = {
  jobId: ['1 to 256 visible ASCII characters', isId],
  delay: ['a whole number of milliseconds, 0 or more', value => isWhole(value, 0)],
  attempts: ['a whole number, 1 or more', value => isWhole(value, 1)],
  backoff: ['{ type: \'fixed\' or \'exponential\', delay: whole milliseconds }', isBackoff],
  priority: ['a whole number, 0 or more', value => isWhole(value, 0)]
}

export const JOB_OPTIONS = Object.keys(RULES) as Array<keyof AddOptions>
export const SCHEDULED_JOB_OPTIONS = JOB_OPTIONS.filter(name => name !== 'jobId' && name !== 'delay')

export interface CheckedOptions {
  readonly options: AddOptions
  /** There are options of other names, which nobody could honour. */
  readonly unknown: boolean
}

/** Throws for a value that an option cannot have; undefined is as if it were missing. */
export function checkJobOptions (given: unknown, names: ReadonlyArray<keyof AddOptions>): CheckedOptions {
  if (typeof given !== 'object' || given === null) throw new InvalidJobOptionError('what options a job has', 'an object')
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  const known = set.filter(([name]) => names.some(known => known === name))
  for (const [name, value] of known) {
    const [text, holds] = RULES[name as keyof AddOptions]
    if (!holds(value)) throw new InvalidJobOptionError(`the job option ${name}`, text)
  }
  // A copy all the way down: the caller's object may change while the job waits.
  return { options: structuredClone(Object.fromEntries(known)), unknown: known.length < set.length }
}

/** Whether all that the options ask for is among the capabilities. A delay of 0 and a single attempt ask for nothing. */
export function canHonour (capabilities: QueueCapabilities, { delay = 0, attempts = 1, backoff, priority }: AddOptions): boolean {
  return (delay === 0 || capabilities.delay) &&
    ((attempts === 1 && backoff === undefined) || capabilities.retry) &&
    (priority === undefined || capabilities.priority)
}

/** What can stand in a header, a URL and a log line as it is. */
export function isId (value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,256}$/.test(value)
}

export function isWhole (value: unknown, minimum: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= minimum
}

function isBackoff (value: unknown): boolean {
  const { type, delay, ...unknown } = Object(value) as { type?: unknown, delay?: unknown }
  return (type === 'fixed' || type === 'exponential') && isWhole(delay, 0) && Object.keys(unknown).length === 0
}
