import tap, { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import type { LocalUpstash } from '../../../local/index.ts'
import type { Cache, CacheKey, LoadOptions } from '../../../plugins/cache/index.ts'
import { startCache, startCacheOn } from '../../cache.ts'
import { TestClock } from '../../test-clock.ts'

// Ten thousand entries take their time on a busy machine.
tap.setTimeout(180_000)

const keys = (count: number) => Array.from({ length: count }, (_, index) => ['row', index] as const)
const tags = ['a', 'b', 'c']
/** Prices of what is not in memory. */
const noMemory = { cache: { memory: false } } as const

/** What work costs in billed commands and round trips, by the endpoint's meter. */
async function price ({ local }: { local: LocalUpstash }, work: () => Promise<unknown>): Promise<string> {
  await local.settled()
  local.resetStats()
  await work()
  await local.settled()
  const { billedCommands, roundTrips } = local.stats()
  return `${billedCommands} / ${roundTrips}`
}

/** A load that is kept before this resolves. */
async function loaded (cache: Cache, key: CacheKey, options?: LoadOptions, calls = 1): Promise<void> {
  const { stored } = cache.stats()
  await Promise.all(Array.from({ length: calls }, () => cache.getOrSet(key, () => 'value', options)))
  await eventually(async () => cache.stats().stored > stored, 'it is kept')
}

test('a load and a hit', async t => {
  const started = await startCache(t, noMemory)
  const { cache } = started
  t.equal(await price(started, () => loaded(cache, 'a')), '5 / 3', 'three stamps missing')
  t.equal(await price(started, () => loaded(cache, 'b')), '3 / 3', 'its fence missing')
  t.equal(await price(started, () => cache.getOrSet('a', () => 'value')), '1 / 1', 'a hit')
  t.equal(await price(started, () => cache.get('a')), '1 / 1', 'get')
  t.equal(await price(started, () => cache.has('a')), '1 / 1', 'has')
  await cache.delete('a')
  t.equal(await price(started, () => loaded(cache, 'a')), '3 / 3', 'the first load after a delete')
  await cache.getOrSet('c', ({ skip }) => { skip() })
  t.equal(await price(started, () => loaded(cache, 'c')), '2 / 2', 'all stamps there')
})

test('a load and a hit with three tags', async t => {
  const started = await startCache(t, noMemory)
  const { cache } = started
  t.equal(await price(started, () => loaded(cache, 'a', { tags })), '8 / 3', 'six stamps missing')
  t.equal(await price(started, () => cache.getOrSet('a', () => 'value', { tags })), '1 / 1', 'a hit')
  t.equal(await price(started, () => cache.get('a', { tags })), '1 / 1', 'get')
  t.equal(await price(started, () => cache.get('a')), '2 / 2', 'by a reader who does not name them')
  await cache.getOrSet('b', ({ skip }) => { skip() })
  t.equal(await price(started, () => loaded(cache, 'b', { tags })), '2 / 2', 'all stamps there')
})

test('tags told by the loader', async t => {
  const clock = new TestClock()
  const started = await startCache(t, { cache: { ...noMemory.cache, clock, ttl: 10, jitter: 0 } })
  const { cache } = started
  const load = async (key: string) => {
    const { stored } = cache.stats()
    await cache.getOrSet(key, ({ setTags }) => { setTags(tags); return 'value' })
    return stored
  }
  // The first one shows that tags will be told, the second makes all stamps.
  await load('a')
  await eventually(async () => cache.stats().notStored === 1, 'the first one is not kept')
  await load('a')
  await eventually(async () => cache.stats().stored === 1, 'the second one is')
  await cache.getOrSet('b', ({ skip }) => { skip() })
  const kept = async () => {
    const stored = await load('b')
    await eventually(async () => cache.stats().stored > stored, 'it is kept')
  }
  t.equal(await price(started, kept), '3 / 3')
  t.equal(await price(started, () => cache.get('b')), '2 / 2')
  clock.advance(10_000)
  t.equal(await price(started, kept), '4 / 4', 'over a value that may still serve as stale: whether its tags stand has to be asked')
})

test('a hundred calls at once', async t => {
  const started = await startCache(t, noMemory)
  const { cache } = started
  t.equal(await price(started, () => loaded(cache, 'a', {}, 100)), '5 / 3', 'as one load')
  await cache.getOrSet('b', ({ skip }) => { skip() })
  const failing = () => cache.getOrSet('b', () => { throw new Error('no') })
  t.equal(await price(started, () => Promise.allSettled(Array.from({ length: 100 }, failing))), '1 / 1', 'as one without its store')
  t.equal(await price(started, () => Promise.all(keys(100).map(key => cache.get(key)))), '1 / 1', 'gets of different keys')
  t.equal(await price(started, () => Promise.all([...keys(50).map(key => cache.namespace('query').get(key)), cache.get('a')])), '1 / 1', 'across namespaces')
  t.equal(await price(started, () => cache.getMany(keys(100))), '1 / 1', 'getMany')
  t.equal(await price(started, () => cache.getMany([])), '0 / 0', 'getMany of none')
})

test('without fences', async t => {
  const started = await startCache(t, { cache: { namespaces: { lists: { fence: false } } } })
  const lists = started.cache.namespace('lists')
  await loaded(lists, 'a', { tags })
  t.equal(await price(started, () => loaded(lists, 'b', { tags })), '2 / 2', 'the first load of a key')
  t.equal(await price(started, () => lists.set('c', 'value', { tags })), '1 / 1', 'set, with epochs and tags known')
})

test('writes', async t => {
  const started = await startCache(t, { cache: { staleness: 0 } })
  const { cache } = started
  t.equal(await price(started, () => cache.set('a', 'value')), '5 / 3', 'set, with both epochs missing')
  t.equal(await price(started, () => cache.set('a', 'value')), '3 / 2', 'set')
  await cache.set('a', 'value', { tags })
  t.equal(await price(started, () => cache.set('a', 'value', { tags })), '3 / 2', 'set with tags')
  t.equal(await price(started, () => cache.setMany(keys(100).map(key => ({ key, value: 'value', tags })))), '201 / 2', 'setMany of 100')
  t.equal(await price(started, () => cache.setMany([])), '0 / 0', 'setMany of none')
  t.equal(await price(started, () => loaded(cache, 'a', { refresh: true })), '3 / 2', 'refresh')
})

test('writes with epochs and tags known', async t => {
  const started = await startCache(t)
  const { cache } = started
  await cache.set('a', 'value', { tags })
  t.equal(await price(started, () => cache.set('b', 'value')), '2 / 2', 'set')
  t.equal(await price(started, () => cache.set('b', 'value', { tags })), '2 / 2', 'set with tags')
  t.equal(await price(started, () => cache.setMany(keys(100).map(key => ({ key, value: 'value', tags })))), '200 / 2', 'setMany of 100')
  await cache.invalidateTags('a')
  t.equal(await price(started, () => cache.set('b', 'value', { tags })), '4 / 3', 'set, with a tag that was invalidated')
  t.equal(await cache.get('b'), 'value')
})

test('a hit in memory', async t => {
  const started = await startCache(t)
  const { cache } = started
  await loaded(cache, 'a', { tags })
  t.equal(await price(started, async () => t.equal(await cache.getOrSet('a', () => 'other'), 'value')), '0 / 0')
  t.equal(await price(started, async () => t.same(await cache.getMany(['a', 'a'], { tags }), ['value', 'value'])), '0 / 0', 'tags that the loader was called with')
  const other = await startCacheOn(t, started.local)
  await other.get('a', { tags })
  t.equal(await price(started, () => other.get('a')), '0 / 0', 'where it came from Redis')
})

test('60 s of steady reads on 500 keys in memory', async t => {
  const clock = new TestClock()
  const started = await startCache(t, { cache: { clock, staleness: 5 } })
  const { cache } = started
  await Promise.all(keys(500).map(key => loaded(cache, key)))
  t.equal(await price(started, async () => {
    for (let tenths = 0; tenths < 600; tenths++) {
      await Promise.all(keys(500).map(async key => { if (await cache.getOrSet(key, () => 'other') !== 'value') t.fail(`${key}`) }))
      clock.advance(100)
    }
  }), '11 / 11', 'once in five seconds')
})

test('invalidations cost the same whatever they invalidate', async t => {
  // As many as this are kept within the limit also where the machine is busy.
  const started = await startCache(t, { client: { timeLimit: 60_000 } })
  const { cache } = started
  const costs = async (count: number, invalidate: () => Promise<boolean>) => {
    const kept = await cache.setMany(keys(count).map(key => ({ key, value: 'value', tags })))
    t.ok(kept.every(Boolean))
    t.equal(await price(started, invalidate), '1 / 1')
    t.ok((await cache.getMany(keys(count))).every(value => value === undefined))
  }
  await costs(2_000, () => cache.invalidateTags('b', 'x'))
  await costs(2_000, () => cache.clear())
  await costs(1_000, () => cache.delete(...keys(1_000)))
  t.equal(await price(started, () => cache.delete()), '0 / 0')
  t.equal(await price(started, () => cache.invalidateTags()), '0 / 0')
})

test('the cache counts what the endpoint meters', async t => {
  const started = await startCache(t, noMemory)
  const { cache, local } = started
  local.resetStats()
  await loaded(cache, 'a', { tags })
  await cache.set('b', 'value')
  await cache.delete('a', 'b')
  await cache.get('a')
  const { commands, roundTrips } = cache.stats().redis
  t.match(local.stats(), { billedCommands: commands, roundTrips })
})
