import { setTimeout } from 'node:timers/promises'
import { test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { Fault } from '../../../local/index.ts'
import { get, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'
import { realClock } from '../../test-clock.ts'
import { within } from '../../within.ts'

const POLICY = { ttl: 60 }

// Milliseconds.
const LIMIT = 100
const HANDLER = 20

const FAULTS: Fault[] = [
  { kind: 'refuse' }, { kind: 'reset' }, { kind: 'delay', ms: 5_000 }, { kind: 'drop-reply' }, { kind: 'late', ms: 20 }, { kind: 'duplicate', ms: 20 },
  { kind: 'status', status: 401 }, { kind: 'status', status: 500 }, { kind: 'html' }, { kind: 'truncate' }, { kind: 'wrong-shape' }, { kind: 'stall' }, { kind: 'quota' },
  { kind: 'reset', probability: 0.5 }, { kind: 'stall', command: 'SET' }, { kind: 'reset', command: 'MGET' }
]

for (const fault of FAULTS) {
  test(`${JSON.stringify(fault)}: no request fails or is late because of the cache, and it caches again when the fault is over`, async t => {
    const { app, local } = await startResponseCache(t, { client: { timeLimit: LIMIT, backoffInitial: 1, backoffMax: 5 }, cache: { clock: realClock }, responses: { clock: realClock, memory: false, staleness: 0 } })
    let runs = 0
    app.get('/:key', { config: { cache: POLICY } }, async request => { runs++; return await setTimeout(HANDLER, request.url) })
    app.post('/:key', async () => 'changed')
    const ask = async (url: string) => {
      const reply = await app.inject(url)
      if (reply.statusCode !== 200 || reply.body !== url) throw new Error(`${reply.statusCode} ${reply.body}`)
    }
    await ask('/warm')
    await local.faults.set(fault)
    const load = Promise.all([...Array.from({ length: 20 }, async (_, index) => await ask(`/${index % 10}`)), ask('/warm')])
    t.ok(await within([LIMIT, HANDLER, HANDLER, 60], load), 'within limit + handler + 80 ms')
    await load
    t.equal((await app.inject({ method: 'POST', url: '/warm' })).statusCode, 200)
    await local.faults.set(null)
    await eventually(async () => {
      const before = runs
      await ask('/after')
      return runs === before
    }, 'it caches again')
  })
}

test('while Redis is away what is in memory is served, concurrent misses run one handler, and an invalidation counts here at once', async t => {
  const { app, clock, local, log } = await startResponseCache(t, { client: { timeLimit: 500, backoffInitial: 1, backoffMax: 5 } })
  const origin = route(app, { ...POLICY, tags: () => ['list'] }, replies({}))
  await get(app)
  await local.faults.set({ kind: 'refuse' })
  while (app.upstash?.stats().breaker === 'closed') await get(app, {}, { url: '/r?other' })
  clock.advance(20_000)
  t.equal(statusOf(await get(app)), 'hit; ttl=40', 'beyond staleness')
  const gate = new Deferred<string>()
  origin.answer = async () => await gate.promise
  const before = origin.asked.length
  const all = [get(app, {}, { url: '/r?new' }), get(app, {}, { url: '/r?new' })]
  await eventually(() => origin.asked.length === before + 1, 'it runs')
  gate.resolve('body')
  t.same((await Promise.all(all)).map(({ body }) => body), ['body', 'body'])
  t.equal(origin.asked.length, before + 1)
  t.equal(await app.responseCache.purge({ tags: ['list'] }), false, 'it is told later')
  origin.answer = replies({}, { body: 'newer' })
  t.equal((await get(app)).body, 'newer')
  t.same(log.lines.filter(({ plugin, level }) => plugin === 'response-cache' && level > 30), [])
})

test('staleIfError works from Redis as well as from memory', async t => {
  const { app, clock } = await startResponseCache(t, { responses: { memory: false } })
  const origin = route(app, { ttl: 10, staleIfError: 60 }, replies({}, { body: 'stored' }))
  await get(app)
  await eventually(() => app.cache.stats().stored === 1, 'it is kept')
  clock.advance(10_000)
  origin.answer = () => { throw new Error('broken') }
  t.equal((await get(app)).body, 'stored')
})
