import { InvalidScheduleError } from './errors.ts'
import type { Schedule } from './interface.ts'
import { isId, isWhole } from './job-options.ts'
import { readOr } from './read.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

interface Field {
  readonly min: number
  readonly max: number
  /** What can stand for the numbers from `min` on. */
  readonly names: readonly string[]
}

// The fields of crontab(5), where Sunday is both 0 and 7.
const FIELDS: readonly Field[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 7, names: DAYS }
]

/**
 * Answers a copy. Throws for what is no schedule, or another than it looks. Whether a day ever comes, such as 31 February, it does not
 * know.
 */
export function checkSchedule (given: unknown): Schedule {
  const { pattern, tz, every, unknown } = readOr(() => new InvalidScheduleError('to be an object that can be read'), () => {
    const { pattern, tz, every, ...unknown } = Object(given) as Record<string, unknown>
    return { pattern, tz, every, unknown }
  })
  if (Object.keys(unknown).length > 0 || (pattern === undefined) === (every === undefined) || (tz !== undefined && every !== undefined)) {
    throw new InvalidScheduleError('either a pattern, with tz or without, or every')
  }
  if (every !== undefined && !isWhole(every, 1)) throw new InvalidScheduleError('every to be a whole number of milliseconds, 1 or more')
  if (pattern !== undefined && !isPattern(pattern)) throw new InvalidScheduleError('a pattern of five fields: minute hour day month weekday')
  if (tz !== undefined && !isTimeZone(tz)) throw new InvalidScheduleError('tz to be a time zone such as Europe/Prague')
  // One of the two, as was just found.
  return (every === undefined ? { pattern, ...(tz !== undefined && { tz }) } : { every }) as Schedule
}

export function checkScheduleId (id: unknown): string {
  if (!isId(id)) throw new InvalidScheduleError('an id of 1 to 256 visible ASCII characters')
  return id
}

function isPattern (pattern: unknown): boolean {
  if (typeof pattern !== 'string') return false
  const fields = pattern.trim().split(/\s+/)
  return fields.length === FIELDS.length && FIELDS.every((field, index) => fields[index]?.split(',').every(part => isPart(part, field)))
}

/** `*`, `n` or `n-m`, each with `/step` or without. */
function isPart (part: string, { min, max, names }: Field): boolean {
  const [, range, from = '', to = from, step = '1'] = /^(\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? []
  const number = (text: string) => {
    const index = names.indexOf(text.toLowerCase())
    return index >= 0 ? index + min : /^\d+$/.test(text) ? Number(text) : NaN
  }
  if (range === undefined || Number(step) < 1 || Number(step) > max) return false
  return range === '*' || (number(from) >= min && number(from) <= number(to) && number(to) <= max)
}

function isTimeZone (tz: unknown): boolean {
  try {
    return typeof tz === 'string' && Boolean(Intl.DateTimeFormat('en', { timeZone: tz }))
  } catch {
    return false
  }
}
