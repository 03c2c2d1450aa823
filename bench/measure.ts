import type { LocalStats } from '../local/index.ts'
import type { Endpoint } from './endpoint.ts'

export interface Timing {
  /** What took so long, such as "all" or "each of the first five". */
  readonly what: string
  readonly ms: number
  /** It was given up then, and would have taken longer. */
  readonly givenUp?: boolean
}

export interface Contestant {
  readonly name: string
  /** One run on clients of its own, made and closed within it but not timed. Answers the same timings each time. */
  run (endpoint: Endpoint): Promise<Timing[]>
}

export interface Row extends Timing {
  readonly contestant: string
  readonly stats: LocalStats
}

/**
 * Runs the contestants in turn, A B C A B C …, so that what else the machine does meets all of them alike. Answers the
 * median of each timing.
 */
export async function compare (endpoint: Endpoint, contestants: readonly Contestant[], rounds: number): Promise<Row[]> {
  const runs = new Map(contestants.map(contestant => [contestant, [] as Array<{ timings: Timing[], stats: LocalStats }>]))
  for (let round = 0; round < rounds; round++) {
    for (const [contestant, past] of runs) {
      const timings = await contestant.run(endpoint)
      past.push({ timings, stats: await endpoint.stats() })
    }
  }
  return [...runs].flatMap(([{ name }, past]) => {
    const [first] = past
    if (first === undefined) return []
    return first.timings.map((timing, index) => ({
      ...timing,
      contestant: name,
      ms: median(past.map(({ timings }) => timings[index]?.ms ?? NaN)),
      stats: first.stats
    }))
  })
}

/** Milliseconds that the work took. */
export async function timed (work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

export function median (numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

/** What a share of the numbers, from 0 to 1, does not exceed. */
export function percentile (numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}
