import tap, { test, type Test } from 'tap'
import type { LocalUpstash } from '../../../local/index.ts'
import cachePlugin, { type NamespaceOptions } from '../../../plugins/cache/index.ts'
import { Game, type Player } from '../../cache-game.ts'
import { CacheModel } from '../../cache-model.ts'
import { rowsOf, SPACES } from '../../cache-rows.ts'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'
import { Random } from '../../random.ts'
import { TestClock } from '../../test-clock.ts'

// A quarter of a minute on an idle machine; on a busy one more than others have.
tap.setTimeout(180_000)

// Two apps on one endpoint stand for two processes. What one invalidates, it sees at once itself, and the other within its staleness.

const OPERATIONS = 1_000
/** Where chance has not come upon a late read by then, it plays on, up to so many. */
const MOST_OPERATIONS = 20_000
const KEYS = 2
/** `AGREEMENT_SEEDS=4,5` in the environment plays others. */
const SEEDS = (process.env['AGREEMENT_SEEDS'] ?? '1,2').split(',').map(Number)

interface Setting {
  /** Seconds. */
  staleness: number
  memory: boolean
  more?: NamespaceOptions
}

/** Seconds. */
const LATE = 2

const AT_ONCE: Setting = { staleness: 0, memory: true }
const WITHIN: Setting = { staleness: LATE, memory: true }
const SETTINGS: Record<string, [Setting, Setting]> = {
  'memory is off': [{ ...WITHIN, memory: false }, { ...WITHIN, memory: false }],
  'staleness is 0': [AT_ONCE, AT_ONCE],
  [`staleness is ${LATE} s`]: [WITHIN, WITHIN],
  'one has a staleness and the other none': [WITHIN, { ...AT_ONCE, memory: false }],
  'values are served stale past their ttl': [{ ...WITHIN, more: { ttl: 5, staleWhileRevalidate: 60 } }, { ...WITHIN, more: { ttl: 5, lock: true } }]
}

async function startPlayer (t: Test, local: LocalUpstash, clock: TestClock, name: string, { staleness, memory, more }: Setting): Promise<Player> {
  const { app } = await startClient(t, local, { timeLimit: 20_000 })
  const options = { staleness, ...(memory ? {} : { memory }), staleIfError: 0, ...more }
  const namespaces = Object.fromEntries(SPACES.filter(space => space !== '').map(space => [space, options]))
  await app.register(cachePlugin, { ...options, clock, namespaces })
  return { name, cache: app.cache, lag: { get: memory ? staleness * 1_000 : 0, load: staleness * 1_000 } }
}

for (const [setting, settings] of Object.entries(SETTINGS)) {
  for (const seed of SEEDS) {
    test(`no read is later than promised where ${setting} (seed ${seed})`, async t => {
      const [random, clock, model] = [new Random(seed), new TestClock(), new CacheModel(rowsOf(KEYS))]
      const local = await startLocal(t, { random: random.number })
      const players = [await startPlayer(t, local, clock, 'A', settings[0]), await startPlayer(t, local, clock, 'B', settings[1])]
      const pass = async () => { if (random.chance(0.3)) clock.advance(random.number() * random.pick([100, 1_000, 3_000])) }
      const game = new Game({ world: model, random, clock, keys: KEYS, pause: pass })
      await local.faults.set({ kind: 'delay', ms: 0, jitter: 6, probability: 0.3 })
      const inMemory = settings.filter(({ memory }) => memory)
      const mayBeLate = inMemory.some(({ staleness }) => staleness > 0)
      const isOver = () => game.operations >= OPERATIONS && (!mayBeLate || model.late > 0 || game.operations >= MOST_OPERATIONS)
      while (!isOver()) {
        const one = async () => { for (let n = 0; n < 5; n++) { await game.play(players); await pass() } }
        await Promise.all(Array.from({ length: random.pick([1, 8, 32]) }, one))
      }
      t.same(model.problems, [])
      t.same(game.failures, [])
      const stats = players.map(({ cache }) => cache.stats())
      const total = (name: 'hits' | 'stored' | 'memoryHits' | 'joined') => stats.reduce((sum, figures) => sum + figures[name], 0)
      t.ok(model.reads > OPERATIONS / 3 && total('hits') > OPERATIONS / 100 && total('stored') > OPERATIONS / 100, JSON.stringify({ reads: model.reads, stats }))
      if (mayBeLate) {
        t.ok(total('memoryHits') > 0, `${total('memoryHits')} memory hits`)
        t.ok(model.late > 0, 'some reads are late, within the promise')
      }
      if (inMemory.length === 0) t.equal(total('memoryHits'), 0)
      if (!settings.some(({ staleness }) => staleness > 0)) t.equal(model.late, 0)
      t.comment(`${model.reads} reads, ${model.late} late, ${total('hits')} hits, ${total('joined')} joined, seed ${seed}`)
    })
  }
}
