import { setTimeout as delay } from 'node:timers/promises'
import type { Endpoint } from '../../bench/endpoint.ts'
import { ExampleApp } from './example-app.ts'
import type { Trouble } from './faults.ts'
import { Load, type Phase } from './load.ts'
import { bePresent } from './presence.ts'
import type { World } from './world.ts'

/** What a trouble made of the load. */
export interface Outcome {
  readonly trouble: Trouble
  readonly before: Phase
  readonly during: Phase
  readonly recovering: Phase
  readonly after: Phase
  /** Milliseconds from the end of the fault until the breaker is closed and a reply comes from the cache; undefined: it did not. */
  readonly recovery: number | undefined
  /** What was wrong with replies. */
  readonly problems: readonly string[]
  /** Lines of the log from the fault on. */
  readonly lines: number
}

/** Milliseconds, of a back-off of a second. */
const PATIENCE = 30_000

/** One app under one load, which each trouble meets in turn: so many seconds without it, with it, and without it again. */
export async function * sufferAll (troubles: readonly Trouble[], world: World, endpoint: Endpoint, seconds: number): AsyncGenerator<Outcome> {
  const app = await ExampleApp.start(world.databaseUrl, endpoint)
  const leave = await bePresent(app, world.present)
  const load = new Load(app.url, world.visitors, world.surroundings)
  try {
    // What is asked for first is not in the cache, and not compiled.
    await delay(seconds * 1_000)
    for (const trouble of troubles) yield await suffer(trouble)
  } finally {
    await endpoint.fault(null)
    await load.stop()
    leave()
    await app.stop()
  }

  async function suffer (trouble: Trouble): Promise<Outcome> {
    const phase = async () => {
      const phase = load.begin()
      await delay(seconds * 1_000)
      return phase
    }
    const before = await phase()
    const lines = app.lines
    await endpoint.fault(trouble.faults)
    const during = await phase()
    await endpoint.fault(null)
    const recovering = load.begin()
    const recovery = await recovered(app, world)
    const after = await phase()
    return { trouble, before, during, recovering, after, recovery, problems: load.problems.splice(0), lines: app.lines - lines }
  }
}

async function recovered (app: ExampleApp, { newcomer, unread }: World): Promise<number | undefined> {
  const start = performance.now()
  const path = `/patients/${unread.pop()}`
  while (performance.now() - start < PATIENCE) {
    const reply = await app.ask(path, newcomer)
    const isHit = /; hit/.test(String(reply.headers.get('cache-status')))
    if (isHit && await app.breaker() === 'closed') return performance.now() - start
    await delay(10)
  }
}
