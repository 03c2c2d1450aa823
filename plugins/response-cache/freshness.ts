import { secondsOf, type CacheControl } from './cache-control.ts'
import { lineOf, listOf, type Fields } from './fields.ts'
import { parseHttpDate } from './http-date.ts'

/** When a reply was asked for, and when it came: milliseconds since the epoch. */
export interface Times {
  readonly asked: number
  readonly came: number
}

/** Seconds until a reply is stale, from what it says itself; undefined where it does not. For a shared cache: RFC 9111 §4.2.1. */
export function explicitLifetime (fields: Fields, control: CacheControl, { came }: Times): number | undefined {
  const stated = limited(control.seconds('s-maxage')) ?? limited(control.seconds('max-age'))
  if (stated !== undefined) return stated
  const { expires } = fields
  if (expires === undefined) return undefined
  // Of several lines, any that is past or no date makes it stale, §5.3.
  const ends = (typeof expires === 'string' ? [expires] : expires).map(text => parseHttpDate(text, came))
  const date = dateOf(fields, came) ?? came
  return Math.max(0, Math.min(...ends.map(end => end === undefined ? 0 : (end - date) / 1000)))
}

/** Without an argument it is malformed, and leaves no time. */
function limited (seconds: number | undefined): number | undefined {
  return seconds === Infinity ? 0 : seconds
}

/** Seconds that a reply was old when it came: §4.2.3. */
export function initialAge (fields: Fields, { asked, came }: Times): number {
  const [age = ''] = listOf(fields['age'])
  // A date is that of a whole second.
  const apparent = Math.max(0, Math.floor((came - (dateOf(fields, came) ?? came)) / 1000))
  return Math.max(apparent, secondsOf(age) + (came - asked) / 1000)
}

function dateOf ({ date }: Fields, now: number): number | undefined {
  const line = lineOf(date)
  return line === undefined ? undefined : parseHttpDate(line, now)
}
