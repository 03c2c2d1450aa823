import type { Row } from './measure.ts'

export const HEAD = [
  '| situation | client | call | median | against the SDK | requests | sockets at peak |',
  '|---|---|---|--:|--:|--:|--:|'
].join('\n')

/** Rows of a situation as lines of a Markdown table, each against the row that `isBase` finds. */
export function lines (situation: string, rows: readonly Row[], isBase: (row: Row) => boolean): string {
  const base = rows.find(isBase)
  return rows.map(row => cells([
    situation,
    row.contestant,
    row.what,
    (row.givenUp === true ? '> ' : '') + duration(row.ms),
    base === undefined ? '' : ratio(row, base),
    String(row.stats.roundTrips),
    String(row.stats.sockets.peak)
  ])).join('\n')
}

function cells (texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`
}

/** Above 1: slower than the SDK. */
function ratio (row: Row, base: Row): string {
  if (row === base) return '1'
  return `${base.givenUp === true ? '< ' : ''}${number(row.ms / base.ms)}`
}

function duration (ms: number): string {
  if (ms >= 1000) return `${number(ms / 1000)} s`
  return ms >= 1 ? `${number(ms)} ms` : `${number(ms * 1000)} µs`
}

/** Two digits that count: more would be noise. */
function number (value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)))
}
