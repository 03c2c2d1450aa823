const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** In any case: RFC 9111 §4.2. */
const FORMATS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) (?<month>[a-z]{3}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/i,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-(?<month>[a-z]{3})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/i,
  // Sun Nov  6 08:49:37 1994
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?<month>[a-z]{3}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/i
]

/**
 * Milliseconds since the epoch; undefined for what is no HTTP-date: `Date.parse` would take much that is none (RFC 9110 §5.6.7). `now` tells
 * which century a year of two digits means.
 */
export function parseHttpDate (text: string, now: number): number | undefined {
  for (const format of FORMATS) {
    const { day = '', month = '', year = '', time = '' } = format.exec(text)?.groups ?? {}
    if (day === '') continue
    const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
    const of = MONTHS.indexOf(month.toLowerCase())
    if (of < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined
    return Date.UTC(year.length === 2 ? fullYear(Number(year), now) : Number(year), of, Number(day), hours, minutes, seconds)
  }
  return undefined
}

/** One that seems more than 50 years ahead is in the past. */
function fullYear (year: number, now: number): number {
  const current = new Date(now).getUTCFullYear()
  const full = current - current % 100 + year
  return full > current + 50 ? full - 100 : full
}
