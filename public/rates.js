/** Milliseconds that the chart shows. */
export const SPAN = 5 * 60_000

/** Commands a minute, by a counter that is read from time to time. */
export class Rates {
  /** `{ time, rate }`, the oldest first. */
  points = []
  #last

  /** Answers the rate since the reading before; undefined for the first one. */
  read (counter, time) {
    const last = this.#last
    this.#last = { counter, time }
    // Less than before: the process was started anew, or another one answered.
    if (last === undefined || counter < last.counter || time <= last.time) return undefined
    const rate = (counter - last.counter) / (time - last.time) * 60_000
    this.points.push({ time, rate })
    while (this.points.length > 2 && this.points[0].time < time - SPAN) this.points.shift()
    return rate
  }
}

/** The line through the points in a box, and the area under it. */
export function paths (points, { width, height, now }) {
  const top = Math.max(10, ...points.map(({ rate }) => rate))
  const spots = points.map(({ time, rate }) => [width - (now - time) / SPAN * width, height - 2 - rate / top * (height - 6)])
  if (spots.length === 0) return { top, line: '', area: '' }
  const line = `M${spots.map(spot => spot.map(number => number.toFixed(1)).join(' ')).join('L')}`
  return { top, line, area: `${line}L${spots.at(-1)[0].toFixed(1)} ${height}L${spots[0][0].toFixed(1)} ${height}Z` }
}
