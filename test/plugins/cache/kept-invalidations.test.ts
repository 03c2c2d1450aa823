import { test, type Test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import cachePlugin, { type Cache } from '../../../plugins/cache/index.ts'
import { startCache, startCacheOn, type StartCacheOptions } from '../../cache.ts'
import { startClient } from '../../client.ts'

/** A cache that invalidates, and another process that reads. */
async function startBoth (t: Test, options: StartCacheOptions = {}) {
  const started = await startCache(t, { ...options, client: { timeLimit: 1_500, ...options.client } })
  const { app } = await startClient(t, started.local, { timeLimit: 20_000 })
  await app.register(cachePlugin)
  return { ...started, other: app.cache }
}

const WAYS = {
  delete: 'key',
  invalidateTags: 'tag',
  clear: undefined
} as const

for (const [way, argument] of Object.entries(WAYS)) {
  test(`a ${way} that Redis did not get is sent again before anything is read`, async t => {
    const { cache, other, local } = await startBoth(t)
    await cache.set('key', 'older', { tags: ['tag'] })
    await local.faults.set({ kind: 'refuse' })
    t.equal(await (argument === undefined ? cache.clear() : cache[way as 'delete'](argument)), false)
    t.ok(cache.stats().redis.kept > 0)
    t.equal(await cache.get('key'), undefined, 'this process does not have it from anywhere')
    await local.faults.set(null)
    await eventually(async () => await cache.get('key') === undefined && cache.stats().redis.kept === 0, 'it is sent')
    t.equal(await other.get('key'), undefined)
  })
}

test('what was written over while Redis was away is removed when it is back', async t => {
  const { cache, other, local } = await startBoth(t)
  await cache.setMany([{ key: 'set', value: 'older' }, { key: 'refreshed', value: 'older' }])
  await local.faults.set({ kind: 'refuse' })
  t.equal(await cache.set('set', 'newer'), false)
  t.equal(await cache.getOrSet('refreshed', () => 'newer', { refresh: true }), 'newer')
  await local.faults.set(null)
  await eventually(async () => await cache.get('set') === undefined && cache.stats().redis.kept === 0, 'it is sent')
  t.same(await other.getMany(['set', 'refreshed']), [undefined, undefined])
})

test('without fences, what a set that Redis did not get was to replace is removed when it can be', async t => {
  const { cache, local } = await startCache(t, { cache: { fence: false } })
  const other = await startCacheOn(t, local, { fence: false })
  await cache.set('key', 'older')
  await local.faults.set({ kind: 'reset', command: 'SET', times: 1 })
  t.equal(await cache.set('key', 'newer'), false)
  t.equal(cache.stats().redis.kept, 1)
  t.equal(await cache.get('key'), undefined)
  t.equal(await other.get('key'), undefined)
})

test('it is sent again also where nobody reads', async t => {
  const { cache, other, local } = await startBoth(t)
  await cache.set('key', 'older')
  await local.faults.set({ kind: 'reset', command: 'UNLINK', times: 4 })
  t.equal(await cache.delete('key'), false)
  t.equal(await other.get('key'), 'older')
  await eventually(async () => await other.get('key') === undefined, 'it is sent')
})

test('until then nothing is served, though Redis answers', async t => {
  const { cache, other, local } = await startBoth(t)
  await cache.setMany([{ key: 'key', value: 'older' }])
  await local.faults.set({ kind: 'stall', command: 'UNLINK' })
  t.equal(await cache.delete('key'), false)
  t.equal(await other.get('key'), 'older', 'it is there')
  t.equal(await cache.get('key'), undefined)
  t.equal(await cache.getOrSet('key', () => 'newer'), 'newer')
})

test('what is invalidated again while it is sent is kept on', async t => {
  const { cache, local } = await startBoth(t, { client: { timeLimit: 2_000 } })
  await local.faults.set({ kind: 'reset', command: 'UNLINK' })
  t.equal(await cache.delete('key'), false)
  // The second try takes its time; meanwhile the same is invalidated again, in vain.
  await local.faults.set({ kind: 'delay', ms: 300, command: 'UNLINK' })
  local.resetStats()
  const read = cache.get('key')
  await eventually(() => local.stats().roundTrips > 0, 'it is on its way')
  await local.faults.set({ kind: 'reset', command: 'UNLINK' })
  t.equal(await cache.delete('key'), false)
  t.equal(await read, undefined)
  t.equal(cache.stats().redis.kept, 2, 'its entry and its fence')
  await local.faults.set(null)
  await eventually(async () => await cache.get('key') === undefined && cache.stats().redis.kept === 0, 'it is sent')
})

test('very many become one that invalidates everything', async t => {
  const { cache, other, local } = await startBoth(t, { client: { breakerThreshold: 1, backoffInitial: 60_000, backoffMax: 60_000 } })
  await cache.set('another', 'value')
  await local.faults.set({ kind: 'refuse' })
  for (let n = 0; n < 501; n++) await cache.delete(`key-${n}`)
  t.equal(cache.stats().redis.kept, 1)
  t.equal(await other.get('another'), undefined, 'Redis is away')
})

test('at the close there is a last try; what is left then is said', async t => {
  const { app, cache, other, local, log } = await startBoth(t)
  await cache.set('key', 'older')
  await local.faults.set({ kind: 'reset', command: 'UNLINK', times: 2 })
  t.equal(await cache.delete('key'), false)
  await app.close()
  t.equal(await other.get('key'), undefined)
  t.notOk(log.lines.some(({ msg }) => /did not reach Redis/.test(msg)))

  const lost = await startBoth(t)
  await lost.local.faults.set({ kind: 'refuse' })
  await lost.cache.delete('key')
  await lost.app.close()
  t.match(await lost.log.has(/did not reach Redis/), { level: 40, plugin: 'cache', msg: /^2 invalidations did not reach Redis/ })
  t.equal(await lost.cache.delete('late'), false, 'nothing is begun by what comes after the close')
})

const WRITES: Record<string, (cache: Cache) => Promise<unknown>> = {
  set: cache => cache.set('key', 'newer'),
  refresh: cache => cache.getOrSet('key', () => 'newer', { refresh: true })
}

for (const [way, write] of Object.entries(WRITES)) {
  test(`a ${way} that runs out of time leaves nothing older to this process, though nobody knows yet whether Redis got it`, async t => {
    const { cache, local } = await startBoth(t, { cache: { memory: false } })
    await cache.set('key', 'older')
    await local.faults.set({ kind: 'delay', ms: 1_000, command: 'SET' })
    await write(cache)
    t.not(await cache.get('key'), 'older')
  })
}
