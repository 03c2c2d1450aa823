const times = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** `2 minutes ago`. The clocks of server and browser may differ, and nobody was seen in the future. */
export function ago (time, now = Date.now()) {
  const seconds = Math.max(0, now - time) / 1000
  if (seconds < 45) return 'just now'
  if (seconds < 45 * 60) return times.format(-Math.round(seconds / 60), 'minute')
  if (seconds < 22 * 3600) return times.format(-Math.round(seconds / 3600), 'hour')
  return times.format(-Math.round(seconds / 86400), 'day')
}

/** `Ann is typing…`, `Ann and Bob are typing…`. */
export function typingText (names) {
  if (names.length === 0) return ''
  if (names.length > 2) return 'Several people are typing…'
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} typing…`
}

/** `12 s`, `3 min`, `2 h`: how long something takes or is old. */
export function span (seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h`
}

/** `12,345`, `0.3`: a number with no more digits after the point than said. */
export function count (number, digits = 0) {
  return new Intl.NumberFormat('en', { maximumFractionDigits: digits }).format(number)
}

/** `340 ms`, `6.2 s`. */
export function duration (milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${count(milliseconds / 1000, 1)} s`
}

const days = new Intl.DateTimeFormat('en', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })

/** `Sat, Oct 3`, of `2026-10-03`. */
export function dayText (day) {
  return days.format(new Date(day))
}
