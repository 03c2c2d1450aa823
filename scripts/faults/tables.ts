import { ratio, table } from '../../bench/markdown.ts'
import { percentile } from '../../bench/measure.ts'
import type { Phase } from './load.ts'
import type { Outcome } from './matrix.ts'
import type { Comparison } from './open-breaker.ts'

export function outcomesTable (outcomes: readonly Outcome[]): string {
  const headings = ['fault', 'requests >', 'failed >', 'p50 / p99 before >', 'during >', 'after >', 'recovered after >', 'log lines >']
  return table(headings, outcomes.map(({ trouble, before, during, recovering, after, recovery, problems, lines }) => [
    trouble.name,
    [before, during, recovering, after].reduce((sum, { all }) => sum + all.length, 0).toLocaleString('en'),
    String(problems.length),
    quantiles(before),
    quantiles(during),
    quantiles(after),
    recovery === undefined ? 'not' : milliseconds(recovery),
    String(lines)
  ]))
}

export function comparisonTable (rows: readonly Comparison[]): string {
  const headings = ['requests', 'count >', 'breaker open: p50 / p99 >', 'without Redis: p50 / p99 >', 'p50 ÷ p50 >', 'p99 ÷ p99 >']
  return table(headings, rows.map(({ name, requests, open, without, ratio: { p50, p99 } }) => {
    const [ofOpen, ofWithout] = [open, without].map(({ p50, p99 }) => `${Math.round(p50)} / ${milliseconds(p99)}`)
    return [name, requests.toLocaleString('en'), ofOpen ?? '', ofWithout ?? '', ratio(p50), ratio(p99)]
  }))
}

function quantiles ({ all }: Phase): string {
  return `${Math.round(percentile(all, 0.5))} / ${milliseconds(percentile(all, 0.99))}`
}

function milliseconds (value: number): string {
  return `${Math.round(value).toLocaleString('en')} ms`
}
