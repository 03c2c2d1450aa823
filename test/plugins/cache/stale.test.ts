import { test, type Test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { Cache, CacheOptions, LoadContext, LoadOptions, Served } from '../../../plugins/cache/index.ts'
import { startCache, startCacheOn, type StartedCache } from '../../cache.ts'
import { TestClock } from '../../test-clock.ts'
import type { LocalUpstash } from '../../../local/index.ts'

/** A cache whose values have a ttl of ten seconds, by a clock that the test drives. */
async function start (t: Test, options: CacheOptions = {}): Promise<StartedCache & { local: LocalUpstash, clock: TestClock }> {
  const clock = new TestClock()
  return { clock, ...await startCache(t, { cache: { clock, ttl: 10, jitter: 0, staleIfError: 0, ...options } }) }
}

/** What a call is answered, and how that was come by. */
async function ask (cache: Cache, load: (context: LoadContext) => unknown, options: LoadOptions = {}): Promise<[value: unknown, source: Served['source'] | undefined]> {
  let source: Served['source'] | undefined
  const value = await cache.getOrSet('key', load, { ...options, onServed: served => { source = served.source } })
  return [value, source]
}

const fail = () => { throw new Error('the database is away') }

for (const memory of [undefined, false] as const) {
  const where = memory === false ? 'Redis' : 'memory'

  test(`staleWhileRevalidate, from ${where}: the old value at once, one load in the background, then the new one`, async t => {
    const { cache, clock } = await start(t, { staleWhileRevalidate: 30, memory })
    await cache.set('key', 'older')
    clock.advance(10_000)
    const [loads, held] = [[] as string[], new Deferred<string>()]
    const load = () => { loads.push('load'); return held.promise }
    t.same(await Promise.all(Array.from({ length: 100 }, () => ask(cache, load))), Array(100).fill(['older', 'stale']))
    t.same(await ask(cache, load), ['older', 'stale'])
    await eventually(() => loads.length === 1, 'it loads')
    held.resolve('newer')
    await eventually(async () => (await cache.getOrSet('key', load)) === 'newer', 'it is replaced')
    t.equal(loads.length, 1)
    t.match(cache.stats(), { stale: Number, loads: 1 })
  })

  test(`staleIfError, from ${where}: the old value where the loader throws, and its error where that is too old`, async t => {
    const { cache, clock, log } = await start(t, { staleIfError: 30, memory })
    await cache.set('key', 'older')
    clock.advance(39_999)
    for (let n = 0; n < 3; n++) t.same(await ask(cache, fail), ['older', 'stale'])
    t.equal(log.lines.filter(({ msg }) => /a loader fails/.test(msg)).length, 1, 'said once')
    clock.advance(1)
    await t.rejects(ask(cache, fail), { message: 'the database is away' })
  })
}

test('a stale value is never answered after an invalidation', async t => {
  const { cache, clock, local } = await start(t, { staleWhileRevalidate: 30, staleIfError: 30, staleness: 5 })
  const other = await startCacheOn(t, local)
  for (const invalidate of [() => cache.delete('key'), () => cache.invalidateTags('tag'), () => cache.clear(), () => other.delete('key'), () => other.invalidateTags('tag')]) {
    await cache.set('key', 'older', { tags: ['tag'] })
    clock.advance(10_000)
    await invalidate()
    await t.rejects(ask(cache, fail), { message: 'the database is away' })
  }
})

test('nor one that was invalidated while its loader ran, and failed', async t => {
  const { cache, clock } = await start(t, { staleIfError: 30 })
  await cache.set('key', 'older')
  clock.advance(10_000)
  await t.rejects(ask(cache, async () => { await cache.delete('key'); fail() }), { message: 'the database is away' })
})

test('past staleWhileRevalidate a call waits for its loader; get, has and getMany never answer what is stale', async t => {
  const { cache, clock } = await start(t, { staleWhileRevalidate: 5, staleIfError: 30 })
  await cache.set('key', 'older')
  clock.advance(10_000)
  t.equal(await cache.get('key'), undefined)
  t.equal(await cache.has('key'), false)
  t.same(await cache.getMany(['key']), [undefined])
  clock.advance(5_000)
  t.same(await ask(cache, () => 'newer'), ['newer', 'loader'])
})

test('the calls of a namespace may say otherwise', async t => {
  const { cache, clock } = await start(t)
  await cache.getOrSet('key', () => 'older', { staleWhileRevalidate: 20, staleIfError: 20 })
  clock.advance(10_000)
  t.same(await ask(cache, () => 'newer', { staleWhileRevalidate: 5, staleIfError: 1 }), ['older', 'stale'])
  await cache.set('key', 'set')
  clock.advance(10_000)
  t.same(await ask(cache, () => 'newer', { staleWhileRevalidate: 20 }), ['newer', 'loader'], 'what was not kept for longer is not there')
})

test('a refresh in the background that fails is said once, and tried again with back-off', async t => {
  const { cache, clock, log } = await start(t, { staleWhileRevalidate: 1_000 })
  await cache.set('key', 'older')
  clock.advance(10_000)
  let loads = 0
  const load = () => { loads++; fail() }
  const askedFor = async (count: number) => {
    t.same(await ask(cache, load), ['older', 'stale'])
    await eventually(() => cache.stats().loadErrors === count, `${count} loads`)
  }
  await askedFor(1)
  await askedFor(1)
  clock.advance(999)
  await askedFor(1)
  clock.advance(1)
  await askedFor(2)
  clock.advance(1_999)
  await askedFor(2)
  clock.advance(1)
  await askedFor(3)
  t.equal(loads, 3)
  t.equal(log.lines.filter(({ msg }) => /a loader fails/.test(msg)).length, 1)
  clock.advance(4_000)
  t.same(await ask(cache, () => 'newer'), ['older', 'stale'])
  await eventually(async () => (await ask(cache, load))[0] === 'newer', 'it works again')
})

test('what another process has loaded meanwhile is taken, and not loaded again', async t => {
  const { cache, clock, local } = await start(t, { staleWhileRevalidate: 30, staleness: 60 })
  const other = await startCacheOn(t, local, { clock })
  await cache.set('key', 'older')
  clock.advance(10_000)
  await other.set('key', 'newer')
  t.same(await ask(cache, fail), ['older', 'stale'])
  await eventually(async () => await cache.get('key') === 'newer', 'it is taken from Redis')
  t.equal(cache.stats().loads, 0)
})

test('softTimeout: the old value where the loader takes longer, which goes on and is joined by who comes next', async t => {
  const { cache, clock } = await start(t, { staleIfError: 30 })
  await cache.set('key', 'older')
  clock.advance(10_000)
  const held = new Deferred<string>()
  const load = () => held.promise
  t.same(await ask(cache, load, { softTimeout: 20 }), ['older', 'stale'])
  t.same(await ask(cache, fail, { softTimeout: 20 }), ['older', 'stale'], 'this one\'s loader does not run')
  const patient = ask(cache, fail)
  held.resolve('newer')
  t.equal((await patient)[0], 'newer')
  t.same(await ask(cache, fail, { softTimeout: 20 }), ['newer', 'memory'])
  t.equal(cache.stats().loads, 1)
})

test('softTimeout does nothing where the loader is fast, or there is no stale value', async t => {
  const { cache, clock } = await start(t, { staleIfError: 30 })
  t.same(await ask(cache, () => 'first', { softTimeout: 1 }), ['first', 'loader'])
  clock.advance(10_000)
  t.same(await ask(cache, () => 'second', { softTimeout: 20_000 }), ['second', 'loader'])
  clock.advance(10_000)
  t.same(await ask(cache, fail, { softTimeout: 20_000 }), ['second', 'stale'], 'a loader that throws before')
})

test('while Redis is away, a stale value is answered where the loader fails, and counted as degraded', async t => {
  const clock = new TestClock()
  const { cache, local } = await startCache(t, { cache: { clock, ttl: 10, jitter: 0, staleIfError: 30, staleWhileRevalidate: 30, staleness: 1 }, client: { breakerThreshold: 1 } })
  await cache.set('key', 'older')
  await local.faults.set({ kind: 'refuse' })
  await cache.get('anything')
  await cache.get('until the breaker is seen open')
  clock.advance(10_000)
  t.same(await ask(cache, fail), ['older', 'stale'])
  t.same(await ask(cache, () => 'newer'), ['newer', 'loader'], 'who asks waits: nothing could be kept in the background')
  t.match(cache.stats(), { stale: 1, degraded: 1 })
})

for (const [how, load] of Object.entries<(context: LoadContext) => unknown>({
  'answers undefined': () => undefined,
  skips: ({ skip }) => { skip(); return 'not for long' },
  'answers what is too large': () => 'x'.repeat(2_000)
})) {
  test(`where the loader ${how}, the stale value is given up`, async t => {
    const { cache, clock } = await start(t, { staleWhileRevalidate: 30, staleIfError: 60, maxEntrySize: 1_000 })
    await cache.set('key', 'older')
    clock.advance(10_000)
    t.same(await ask(cache, load), ['older', 'stale'])
    await eventually(async () => (await ask(cache, load))[1] === 'loader', 'by the load in the background')
    await cache.set('key', 'older')
    clock.advance(40_000)
    t.equal((await ask(cache, load))[1], 'loader')
    await eventually(async () => (await ask(cache, fail).catch(() => ['error']))[0] === 'error', 'by the load that a call waited for')
  })
}

test('a mistake of the app is not hidden by an old value', async t => {
  const { cache, clock } = await start(t, { staleIfError: 60 })
  await cache.set('key', 'older')
  clock.advance(10_000)
  await t.rejects(ask(cache, () => Math.max), { code: 'FST_CACHE_UNSERIALIZABLE' })
  await t.rejects(cache.getOrSet('key', ({ setTtl }) => { setTtl(-1) }), { code: 'FST_CACHE_INVALID_ARGUMENT' })
})

test('failures are said again once a load has succeeded in between, also one that comes after its softTimeout', async t => {
  const { cache, clock, log } = await start(t, { staleIfError: 60 })
  const said = () => log.lines.filter(({ msg }) => /a loader fails/.test(msg)).length
  await cache.set('key', 'older')
  clock.advance(10_000)
  await ask(cache, fail)
  t.equal(said(), 1)
  await ask(cache, () => 'newer')
  clock.advance(10_000)
  const held = new Deferred<void>()
  t.same(await ask(cache, async () => { await held.promise; fail() }, { softTimeout: 1 }), ['newer', 'stale'])
  held.resolve()
  await eventually(() => said() === 2, 'it is said')
})

test('a load over a stale value that is in memory costs what a load costs', async t => {
  const { cache, clock, local } = await start(t, { staleIfError: 60, staleness: 5 })
  await cache.set('key', 'older')
  clock.advance(10_000)
  await local.settled()
  local.resetStats()
  t.same(await ask(cache, () => 'newer'), ['newer', 'loader'])
  await eventually(() => cache.stats().stored === 2, 'it is kept')
  await local.settled()
  t.match(local.stats(), { billedCommands: 2, roundTrips: 2 })
})

test('who waits for a load that was begun in the background has joined it', async t => {
  const { cache, clock } = await start(t, { staleWhileRevalidate: 5 })
  await cache.set('key', 'older')
  clock.advance(10_000)
  const held = new Deferred<string>()
  t.same(await ask(cache, () => held.promise), ['older', 'stale'])
  clock.advance(4_999)
  await eventually(() => cache.stats().loads === 1, 'it loads')
  const late = ask(cache, fail, { staleWhileRevalidate: 0 })
  held.resolve('newer')
  t.same(await late, ['newer', 'joined'])
})
