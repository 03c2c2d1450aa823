import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoint } from '../../bench/endpoint.ts'
import { median, percentile } from '../../bench/measure.ts'
import { ExampleApp } from './example-app.ts'
import { Load, type Phase } from './load.ts'
import { bePresent } from './presence.ts'
import type { World } from './world.ts'

/** Times as great as those of an app without Redis that an app's with an open breaker may be. */
export const BOUNDS = { p50: 1.3, p99: 2 }
const ROUNDS = 7

/** Medians over the rounds. */
export interface Comparison {
  /** A step's name, or what they are together. */
  readonly name: string
  readonly requests: number
  readonly open: Quantiles
  readonly without: Quantiles
  /** The median of the rounds' own ratios. */
  readonly ratio: Quantiles
}

interface Quantiles { readonly p50: number, readonly p99: number }
interface Round { readonly open: Phase, readonly without: Phase }

/** Loads an app whose breaker is open and one without Redis in turn, for so many seconds each. All together come first. */
export async function compare (world: World, endpoint: Endpoint, seconds: number): Promise<{ rows: Comparison[], problems: string[] }> {
  await endpoint.fault({ kind: 'refuse' })
  const apps = { open: await ExampleApp.start(world.databaseUrl, endpoint), without: await ExampleApp.start(world.databaseUrl) }
  const leaving = [await bePresent(apps.open, world.present), await bePresent(apps.without, world.present)]
  const problems: string[] = []
  const play = async (app: ExampleApp): Promise<Phase> => {
    const load = new Load(app.url, world.visitors, world.surroundings)
    const phase = load.begin()
    await delay(seconds * 1_000)
    // What visitors ask at their end is not of the phase.
    load.begin()
    await load.stop()
    problems.push(...load.problems)
    return phase
  }
  const rounds: Round[] = []
  try {
    // The first round opens the breaker, and is the compiler's.
    for (let round = -1; round < ROUNDS; round++) {
      const order = round % 2 === 0 ? ['open', 'without'] as const : ['without', 'open'] as const
      const phases: Partial<Record<keyof Round, Phase>> = {}
      for (const name of order) phases[name] = await play(apps[name])
      const breaker = await apps.open.breaker()
      if (breaker === 'closed') problems.push('the breaker was closed')
      const { open, without } = phases
      if (round >= 0 && open !== undefined && without !== undefined) rounds.push({ open, without })
    }
  } finally {
    for (const leave of leaving) leave()
    await Promise.all([apps.open.stop(), apps.without.stop()])
    await endpoint.fault(null)
  }
  const steps = [...new Set(rounds.flatMap(({ open, without }) => [...open.times.keys(), ...without.times.keys()]))].sort()
  return { rows: [compared('all of these', rounds, ({ all }) => all), ...steps.map(step => compared(step, rounds, ({ times }) => times.get(step) ?? []))], problems }
}

function compared (name: string, rounds: readonly Round[], timesOf: (phase: Phase) => readonly number[]): Comparison {
  const both = rounds.map(({ open, without }) => ({ open: timesOf(open), without: timesOf(without) })).filter(({ open, without }) => open.length > 0 && without.length > 0)
  const each = (read: (round: typeof both[number], share: number) => number): Quantiles => {
    const [p50 = NaN, p99 = NaN] = [0.5, 0.99].map(share => median(both.map(round => read(round, share))))
    return { p50, p99 }
  }
  return {
    name,
    requests: both.reduce((sum, { open, without }) => sum + open.length + without.length, 0),
    open: each(({ open }, share) => percentile(open, share)),
    without: each(({ without }, share) => percentile(without, share)),
    ratio: each(({ open, without }, share) => percentile(open, share) / percentile(without, share))
  }
}
