import { test } from 'tap'
import { cacheContract } from '../../../contracts/index.ts'
import { startCache, startCacheOn, startNullCache } from '../../cache.ts'
import { TestClock } from '../../test-clock.ts'

test('a cache in memory alone keeps the contract, without Redis', async t => {
  const { cache } = await startNullCache(t, { memoryOnly: true })
  t.equal(cache.enabled, true)
  for (const { name, run } of cacheContract({ create: async () => ({ cache }) })) await t.test(name, run)
})

test('where there is a Redis it sends nothing, and shares nothing', async t => {
  const { cache, local, log } = await startCache(t, { cache: { memoryOnly: true } })
  t.equal(await cache.set('key', 'value', { tags: ['tag'] }), true)
  t.equal(await cache.get('key'), 'value')
  t.equal(await cache.getOrSet('heavy', () => 'loaded', { lock: true }), 'loaded')
  t.equal(await cache.invalidateTags('tag'), true)
  t.equal(await cache.get('key'), undefined)
  t.equal(local.stats().byCommand['set'], undefined)
  t.match(cache.stats().redis, { commands: 0, roundTrips: 0 })
  t.equal(await (await startCacheOn(t, local)).get('heavy'), undefined)
  t.ok(log.lines.some(({ plugin, msg }) => plugin === 'cache' && /memory of this process alone/.test(msg)))
})

test('nothing in it has to be confirmed: it stays until its ttl ends', async t => {
  const clock = new TestClock()
  const { cache } = await startNullCache(t, { memoryOnly: true, clock, jitter: 0, staleness: 1 })
  await cache.set('key', 'value', { ttl: 1_000 })
  clock.advance(999_999)
  t.equal(await cache.get('key'), 'value')
  clock.advance(1)
  t.equal(await cache.get('key'), undefined)
})

test('a namespace that may not use memory has no place in it', async t => {
  const { cache } = await startNullCache(t, { memoryOnly: true })
  t.throws(() => cache.namespace('none', { memory: false }), { code: 'FST_CACHE_INVALID_ARGUMENT', message: /take memoryOnly back/ })
})

test('it keeps as many entries as it may, however many were set', async t => {
  const { cache } = await startNullCache(t, { memoryOnly: true, memory: { entries: 12_000 } })
  const keys = Array.from({ length: 12_000 }, (_, n) => ['key', n] as const)
  for (const key of keys) await cache.set(key, 'value')
  t.ok((await cache.getMany(keys)).every(value => value === 'value'))
})
