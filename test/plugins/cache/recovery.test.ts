import tap, { test, type Test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import type { Fault, LocalUpstash } from '../../../local/index.ts'
import cachePlugin from '../../../plugins/cache/index.ts'
import type { UpstashClient } from '../../../plugins/upstash-client/index.ts'
import { startCache } from '../../cache.ts'
import { Game, type Player } from '../../cache-game.ts'
import { CacheModel } from '../../cache-model.ts'
import { rowsOf, SPACES } from '../../cache-rows.ts'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'
import { Random } from '../../random.ts'
import { TestClock } from '../../test-clock.ts'
import { within } from '../../within.ts'

// A quarter of a minute on an idle machine; on a busy one more than others have.
tap.setTimeout(180_000)

// All in milliseconds.
const LIMIT = 250
/** The longest that a loader of the game takes. */
const LOADER = 16
/** For two hundred requests, and a collection of garbage. */
const WORK = 200
const REQUESTS = 200
const KEYS = 8

const FAULTS: Fault[] = [
  { kind: 'refuse' }, { kind: 'reset' }, { kind: 'delay', ms: 1_000 }, { kind: 'delay', ms: LIMIT - 10 }, { kind: 'drop-reply' }, { kind: 'late', ms: 20 }, { kind: 'duplicate', ms: 20 },
  { kind: 'status', status: 401 }, { kind: 'status', status: 429, retryAfter: 1 }, { kind: 'status', status: 429 }, { kind: 'status', status: 500 },
  { kind: 'html' }, { kind: 'truncate' }, { kind: 'wrong-shape' }, { kind: 'stall' }, { kind: 'end-streams' }, { kind: 'quota' }
]

/** Seconds, of the one process and the other. */
const STALENESS = { A: 0, B: 2 }

interface Process extends Player { client: UpstashClient }

async function startProcess (t: Test, local: LocalUpstash, clock: TestClock, name: keyof typeof STALENESS): Promise<Process> {
  const staleness = STALENESS[name]
  const { app, client } = await startClient(t, local, { timeLimit: LIMIT, backoffInitial: 1, backoffMax: 5 })
  const options = { staleness, staleIfError: 0 }
  const namespaces = Object.fromEntries(SPACES.filter(space => space !== '').map(space => [space, options]))
  await app.register(cachePlugin, { ...options, clock, namespaces })
  return { name, client, cache: app.cache, lag: { get: staleness * 1_000, load: staleness * 1_000 } }
}

/** Reads until Redis answers again, and has been told all that it missed. */
async function recovered (processes: readonly Process[], read: (process: Process) => Promise<unknown>): Promise<void> {
  await eventually(async () => {
    await Promise.all(processes.map(read))
    return processes.every(({ cache, client }) => cache.stats().redis.kept === 0 && client.stats().breaker === 'closed')
  }, 'all is told')
}

for (const fault of FAULTS) {
  test(`${JSON.stringify(fault)} under load: nothing fails or waits too long, and nothing stale comes after it`, async t => {
    const [random, clock] = [new Random(FAULTS.indexOf(fault)), new TestClock()]
    const rows = rowsOf(KEYS)
    const model = new CacheModel(rows)
    const local = await startLocal(t, { random: random.number })
    const processes = [await startProcess(t, local, clock, 'A'), await startProcess(t, local, clock, 'B')]
    const game = new Game({ world: model, random, clock, keys: KEYS, reliable: false })
    const advance = () => clock.advance(random.number() * 1_500)

    const writes: Array<Promise<void>> = []
    const request = async (index: number) => {
      if (index % 10 === 0) writes.push(game.write(random.pick(processes), random.pick(rows)))
      await game.load(random.pick(processes), random.pick(rows))
    }
    const burst = () => Promise.all(Array.from({ length: REQUESTS }, (_, index) => request(index)))

    await Promise.all(rows.flatMap(row => processes.map(process => game.load(process, row))))
    await local.faults.set(fault)
    advance()
    t.ok(await within([LIMIT, LOADER, WORK], burst()), 'while it lasts, within limit and loader')
    await Promise.all(writes)
    advance()
    const last = burst()
    await local.faults.set(null)
    t.ok(await within([LIMIT, LOADER, WORK], last), 'while it ends, within limit and loader')
    await Promise.all([last, ...writes])
    t.ok(processes.every(({ cache }) => cache.stats().redis.kept <= 1_000), 'what is kept to be sent again is bounded')

    const readAll = (process: Process) => Promise.all(rows.map(row => game.get(process, [row])))
    await recovered(processes, readAll)
    for (const { name } of processes) model.delivered(name, clock.elapsed())
    await Promise.all(processes.map(readAll))
    const hits = processes.map(({ cache }) => cache.stats().hits)
    for (let round = 0; round < 8; round++) {
      await Promise.all(Array.from({ length: 10 }, () => game.play(processes)))
      advance()
    }
    t.same(model.problems, [])
    t.same(game.failures, [])
    t.ok(processes.every(({ cache }, index) => cache.stats().hits > Number(hits[index])), 'it caches again')
    t.ok(local.stats().sockets.peak <= 2 * 32, 'sockets are bounded')
  })
}

test('however long Redis is away, and however much is invalidated, what is kept is bounded, and the other process learns of all', async t => {
  const { cache, local, client } = await startCache(t, { client: { timeLimit: LIMIT, backoffInitial: 1, backoffMax: 5 } })
  const { app } = await startClient(t, local, { timeLimit: 20_000 })
  await app.register(cachePlugin, { memory: false })
  const keys = Array.from({ length: 100 }, (_, key) => `key-${key}`)
  await cache.setMany(keys.map(key => ({ key, value: 'older' })))
  await local.faults.set({ kind: 'refuse' })
  let most = 0
  for (let round = 0; round < 30; round++) {
    await Promise.all(keys.map((key, index) => index % 3 === 0 ? cache.delete(key, `${key} ${round}`) : cache.set(`${key} ${round}`, 'newer')))
    most = Math.max(most, cache.stats().redis.kept)
  }
  t.ok(most > 100 && most <= 1_000, `${most} names`)
  await local.faults.set(null)
  await recovered([{ name: 'A', cache, client, lag: { get: 0, load: 0 } }], ({ cache }) => cache.get('anything'))
  t.same(await app.cache.getMany(keys.filter((_, index) => index % 3 === 0)), Array(34).fill(undefined))
})
