import { setImmediate } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { LocalUpstash } from '../../../local/index.ts'
import type { Cache, CacheOptions } from '../../../plugins/cache/index.ts'
import { startCache, startCacheOn } from '../../cache.ts'
import { startGate } from '../../gate.ts'
import { storedEntry } from '../../stored-entry.ts'
import { TestClock } from '../../test-clock.ts'

// A test for each defect that was found after it was released, or by somebody who tried to break it.

interface Pair { local: LocalUpstash, clock: TestClock, mine: Cache, other: Cache }

/** Two processes on one endpoint, by one clock. */
async function startPair (t: Test, options: CacheOptions = {}): Promise<Pair> {
  const clock = new TestClock()
  const { local, cache: mine } = await startCache(t, { cache: { clock, ...options } })
  return { local, clock, mine, other: await startCacheOn(t, local, { clock, ...options }) }
}

test('what was read while a refresh made its fence is not in memory when the refresh is answered', async t => {
  const { local, clock, mine, other } = await startPair(t)
  await other.set('key', 'older')
  await local.faults.set({ kind: 'delay', ms: 50, command: 'SET', times: 1 })
  const refresh = mine.getOrSet('key', () => 'newer', { refresh: true })
  // Its request is on its way.
  await setImmediate()
  clock.advance(1)
  await mine.get('key')
  t.equal(await refresh, 'newer')
  t.equal(await mine.get('key'), 'newer')
  await eventually(() => mine.stats().stored === 1, 'it is kept')
})

test('without fences, what was read while a value was set is not in memory when the set is answered', async t => {
  const { local, clock, mine, other } = await startPair(t, { fence: false })
  await other.set('key', 'older')
  await mine.get('what makes the epochs known')
  clock.advance(1)
  await local.faults.set({ kind: 'delay', ms: 50, command: 'SET', times: 1 })
  const set = mine.set('key', 'newer')
  // Its value is on its way, after a turn for the fences that it has not.
  for (let turn = 0; turn < 5; turn++) await setImmediate()
  clock.advance(1)
  await mine.get('key')
  t.equal(await set, true)
  t.equal(await mine.get('key'), 'newer')
})

test('a refresh under a lock, without fences, does not answer what was there before', async t => {
  const { mine, other } = await startPair(t, { fence: false, lock: true })
  await mine.set('key', 'older')
  const [started, held] = [new Deferred<void>(), new Deferred<string>()]
  const first = mine.getOrSet('key', () => { started.resolve(); return held.promise }, { refresh: true })
  await started.promise
  t.equal(await other.getOrSet('key', () => 'newer', { refresh: true }), 'newer')
  held.resolve('its own')
  t.equal(await first, 'its own')
})

test('times that are no whole milliseconds are rounded, since Redis takes no others', async t => {
  const { client, cache } = await startCache(t, { cache: { ttl: 3_600, staleIfError: 1.0005, staleWhileRevalidate: 1.00049, timeout: 1_000.5 } })
  t.equal(await cache.set('key', 'value'), true)
  t.equal(await cache.get('key'), 'value')
  await cache.getOrSet('heavy', async () => {
    const [, locks] = await client.send<[string, string[]]>(['SCAN', '0', 'MATCH', 'cache:l:*', 'COUNT', '100'])
    t.equal(locks.length, 1)
  }, { lock: true })
})

test('a value that is being compressed when the app closes is kept as well', async t => {
  const { app, local, cache } = await startCache(t)
  const large = 'x'.repeat(100_000)
  await cache.getOrSet('key', ({ skip }) => { skip() })
  t.equal(await cache.getOrSet('key', () => large), large)
  await app.close()
  t.equal(await (await startCacheOn(t, local)).get('key'), large)
})

test('what was invalidated while its loader ran is not answered as stale: after softTimeout, nor for a tag that the call does not name', async t => {
  const { clock, mine } = await startPair(t, { ttl: 10, jitter: 0, staleIfError: 30 })
  await mine.set('key', 'older', { tags: ['tag'] })
  clock.advance(10_000)
  const [invalidated, held] = [new Deferred<void>(), new Deferred<string>()]
  const soft = mine.getOrSet('key', async () => { await mine.invalidateTags('tag'); invalidated.resolve(); return held.promise }, { softTimeout: 1_000 })
  await invalidated.promise
  const timer = setTimeout(() => held.resolve('newer'), 1_200)
  t.equal(await soft, 'newer')
  clearTimeout(timer)
  await mine.set('key', 'older', { tags: ['tag'] })
  clock.advance(10_000)
  await t.rejects(mine.getOrSet('key', async () => { await mine.invalidateTags('tag'); throw new Error('no') }), { message: 'no' })
})

test('a value of somebody else that is deeper than the cache writes is answered again and again', async t => {
  const { local, client, cache } = await startCache(t)
  await cache.set('key', 1)
  const [record = ''] = /\[.*\]/.exec(await client.send<string>(['GET', 'cache:v::key'])) ?? []
  await client.send(['SET', 'cache:v::key', storedEntry('j', record, '['.repeat(100_000) + ']'.repeat(100_000))])
  const other = await startCacheOn(t, local)
  for (let n = 0; n < 4; n++) t.type(await other.get('key'), Array)
})

test('the bounds of memory count tags', async t => {
  const { mine } = await startPair(t)
  await mine.set('key', 'value', { tags: Array.from({ length: 100 }, (_, n) => `${'x'.repeat(150)}${n}`) })
  t.ok(mine.stats().memory.bytes > 15_000, `${mine.stats().memory.bytes}`)
})

const UNACKNOWLEDGED: Record<string, (cache: Cache) => Promise<unknown>> = {
  set: cache => cache.set('key', 'newer'),
  refresh: cache => cache.getOrSet('key', () => 'newer', { refresh: true })
}

for (const [name, write] of Object.entries(UNACKNOWLEDGED)) {
  test(`what was read while a ${name} ran out of time is not served when it is answered`, async t => {
    const { local, clock, other } = await startPair(t)
    const gate = await startGate(t, local)
    const mine = await startCacheOn(t, gate, { clock }, { timeLimit: 1_000 })
    await other.set('key', 'older')
    const fence = gate.hold('SET')
    const written = write(mine)
    await fence.here
    t.equal(await mine.get('key'), 'older', 'while it is under way')
    await written
    t.equal(await mine.get('key'), undefined)
  })
}
