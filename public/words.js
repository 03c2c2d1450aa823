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
