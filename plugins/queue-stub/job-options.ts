import { InvalidJobOptionError } from './errors.ts'
import type { AddOptions, Backoff, QueueCapabilities } from './interface.ts'
import { readOr } from './read.ts'

/** `read`: the value as it is kept, undefined where the option cannot have it. */
type Rule = readonly [text: string, read: (value: unknown) => AddOptions[keyof AddOptions]]

const RULES: Record<keyof AddOptions, Rule> = {
  jobId: ['1 to 256 visible ASCII characters', value => isId(value) ? value : undefined],
  delay: ['a whole number of milliseconds, 0 or more', value => whole(value, 0)],
  attempts: ['a whole number, 1 or more', value => whole(value, 1)],
  backoff: ['{ type: \'fixed\' or \'exponential\', delay: whole milliseconds }', backoff],
  priority: ['a whole number, 0 or more', value => whole(value, 0)]
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
  const mistake = () => new InvalidJobOptionError('what options a job has', 'an object that can be read')
  if (typeof given !== 'object' || given === null) throw mistake()
  const set = readOr(mistake, () => Object.entries(given)).filter(([, value]) => value !== undefined)
  const known = set.filter(([name]) => names.some(known => known === name))
  // A copy all the way down: the caller's object may change while the job waits.
  const options = Object.fromEntries(known.map(([name, value]) => [name, checked(name as keyof AddOptions, value)]))
  return { options, unknown: known.length < set.length }
}

function checked (name: keyof AddOptions, value: unknown): AddOptions[keyof AddOptions] {
  const [text, read] = RULES[name]
  const mistake = () => new InvalidJobOptionError(`the job option ${name}`, text)
  return readOr(mistake, () => {
    const kept = read(value)
    if (kept === undefined) throw mistake()
    return kept
  })
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

function whole (value: unknown, minimum: number): number | undefined {
  return isWhole(value, minimum) ? value : undefined
}

function backoff (value: unknown): Backoff | undefined {
  const { type, delay, ...unknown } = Object(value) as { type?: unknown, delay?: unknown }
  if ((type !== 'fixed' && type !== 'exponential') || !isWhole(delay, 0) || Object.keys(unknown).length > 0) return undefined
  return { type, delay }
}
