import { setTimeout } from 'node:timers/promises'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import type { Fault } from '../../../local/index.ts'
import { startCache } from '../../cache.ts'

// All in milliseconds.
const LIMIT = 100
const LOADER = 20

const FAULTS: Fault[] = [
  { kind: 'refuse' }, { kind: 'reset' }, { kind: 'delay', ms: 5_000 }, { kind: 'drop-reply' }, { kind: 'late', ms: 20 }, { kind: 'duplicate', ms: 20 },
  { kind: 'status', status: 401 }, { kind: 'status', status: 429, retryAfter: 60 }, { kind: 'status', status: 429 }, { kind: 'status', status: 500 },
  { kind: 'html' }, { kind: 'truncate' }, { kind: 'wrong-shape' }, { kind: 'stall' }, { kind: 'end-streams' }, { kind: 'quota' }
]

/**
 * Whether work ends before timers that are set one after another run out. In one event loop that holds on a busy machine as
 * well, where a measured time would not.
 */
async function within (timers: readonly number[], work: Promise<unknown>): Promise<boolean> {
  const runOut = async () => {
    for (const ms of timers) await setTimeout(ms)
    return false
  }
  return await Promise.race([work.then(() => true), runOut()])
}

for (const fault of FAULTS) {
  test(`${JSON.stringify(fault)}: the route answers from its loader in time, and from the cache when the fault is over`, async t => {
    const { app, cache, client, local } = await startCache(t, { client: { timeLimit: LIMIT, backoffInitial: 1, backoffMax: 5 } })
    app.get('/:key', async request => {
      const { key } = request.params as { key: string }
      return await cache.getOrSet(key, async () => await setTimeout(LOADER, { key }))
    })
    const answer = async (key: string) => {
      const reply = await app.inject(`/${key}`)
      if (reply.statusCode !== 200 || reply.json().key !== key) throw new Error(`${reply.statusCode} ${reply.body}`)
    }
    await answer('warm')
    await local.faults.set(fault)
    const load = Promise.all(Array.from({ length: 10 }, (_, index) => answer(`key-${index}`)))
    t.ok(await within([LIMIT, LOADER, 50], load), 'within limit + loader + 50 ms')
    await load

    while (isOut(fault) && client.stats().breaker === 'closed') await answer('until-it-is-open')
    if (isOut(fault)) {
      const inTime: boolean[] = []
      for (let n = 0; n < 21; n++) {
        const reply = answer(`open-${n}`)
        inTime.push(await within([LOADER, 5], reply))
        await reply
      }
      t.ok(inTime.filter(Boolean).length > 10, `with the breaker open, within loader + 5 ms at the median: ${inTime.filter(Boolean).length} of 21`)
    }
    await local.faults.set(null)
    if ('retryAfter' in fault) return
    await eventually(async () => await cache.getOrSet('after', () => 'kept') === 'kept' && await cache.has('after'), 'it caches again')
    t.equal(await cache.getOrSet('after', () => 'loaded again'), 'kept')
  })
}

/** Whether a fault keeps Redis from answering, as the breaker sees it. */
function isOut ({ kind }: Fault): boolean {
  return kind !== 'duplicate' && kind !== 'end-streams'
}

test('nobody waits for what was loaded to be kept', async t => {
  const { cache, local } = await startCache(t, { client: { timeLimit: 500 } })
  // Its stamps are there from now on.
  await cache.getOrSet('key', ({ skip }) => { skip(); return 'value' })
  await local.faults.set({ kind: 'stall', command: 'SET' })
  t.equal(await cache.getOrSet('key', () => 'value'), 'value')
  t.match(cache.stats(), { stored: 0, notStored: 0 }, 'the store is under way')
})

test('what was overtaken while it was loaded is not kept, and counted', async t => {
  const { cache } = await startCache(t)
  const value = cache.getOrSet('key', async () => { await cache.delete('key'); return 'value' })
  t.equal(await value, 'value')
  t.match(cache.stats(), { stored: 0, notStored: 1 })
  t.equal(await cache.has('key'), false)
})

test('while Redis is away, set and delete answer false, and no line a failure is logged', async t => {
  const { cache, local, log } = await startCache(t)
  await local.faults.set({ kind: 'refuse' })
  for (let n = 0; n < 20; n++) {
    t.equal(await cache.set('key', 'secret value'), false)
    t.equal(await cache.delete('key'), false)
    t.equal(await cache.get('key'), undefined)
  }
  t.match(cache.stats().redis.errors, { network: Number, circuit_open: Number })
  const lines = log.lines.filter(({ level, plugin }) => level >= 30 && plugin !== undefined)
  t.ok(lines.length <= 3, JSON.stringify(lines))
  t.notMatch(JSON.stringify(log.lines), 'secret value')
})
