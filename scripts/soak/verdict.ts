import type { CacheModel } from '../../test/cache-model.ts'
import { GROWTH, SLOWEST } from './bounds.ts'
import { growth } from './growth.ts'
import type { Soaked } from './soaked.ts'

/** The figures of each process, as a table. */
export function table (soaked: readonly Soaked[]): string {
  const rows: Record<string, (one: Soaked) => string> = {
    operations: ({ figures }) => count(figures?.operations),
    failed: ({ figures }) => count(figures?.failures.length),
    'slowest call without a loader': ({ figures }) => `${count(figures?.slowest)} ms`,
    ...Object.fromEntries(Object.keys(soaked[0]?.figures?.stats ?? {}).map(name => [name, ({ figures }: Soaked) => count(figures?.stats[name])])),
    'heap after a third': ({ heap }) => `${count(Number(heap[Math.floor(heap.length / 3)]) / 1_000)} kB`,
    'heap at the end': ({ heap }) => `${count(Number(heap.at(-1)) / 1_000)} kB`,
    'growth between': ({ heap }) => `${count(growth(heap) / 1_000)} kB`
  }
  return [
    `| | ${soaked.map(({ name }) => name).join(' | ')} |`,
    `|---|${soaked.map(() => '--:|').join('')}`,
    ...Object.entries(rows).map(([name, cell]) => `| ${name} | ${soaked.map(cell).join(' | ')} |`)
  ].join('\n')
}

/** What is not as it has to be; empty where all is. */
export function complaints (soaked: readonly Soaked[], model: CacheModel, faults: number): string[] {
  const found = [...model.problems.slice(0, 10)]
  if (model.problems.length > 0) found.unshift(`${model.problems.length} stale reads`)
  if (model.reads < 100 || faults === 0) found.push(`${model.reads} reads and ${faults} faults tell nothing`)
  for (const { name, figures, heap } of soaked) {
    if (figures === undefined) {
      found.push(`${name} ended before its time`)
      continue
    }
    if (figures.failures.length > 0) found.push(`${figures.failures.length} requests of ${name} failed, such as ${figures.failures[0]}`)
    if (figures.slowest > SLOWEST) found.push(`a call of ${name} took ${count(figures.slowest)} ms, more than ${SLOWEST}`)
    if (!figures.stats['hits'] || !figures.stats['stored']) found.push(`${name} cached nothing`)
    if (heap.length < 9) found.push(`${name} told its memory ${heap.length} times only`)
    else if (growth(heap) > GROWTH) found.push(`the heap of ${name} grew by ${count(growth(heap) / 1_000)} kB, more than ${GROWTH / 1_000}`)
  }
  return found
}

function count (value: number | undefined): string {
  return value === undefined ? '?' : Math.round(value).toLocaleString('en')
}
