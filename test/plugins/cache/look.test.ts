import { test } from 'tap'
import { startCache, startCacheOn, startNullCache } from '../../cache.ts'
import { codeOf } from '../../client.ts'
import { TestClock } from '../../test-clock.ts'

const MINUTE = { ttl: 60 }

test('look finds values, prepare makes what stamps are missing, keep keeps, each in one request', async t => {
  const { cache } = await startCache(t)
  const space = cache.namespace('streams', { fence: false, memory: false })
  const price = async (work: () => Promise<unknown>) => {
    const before = cache.stats().redis
    await work()
    const after = cache.stats().redis
    return [after.commands - before.commands, after.roundTrips - before.roundTrips]
  }
  const first = await space.look(['a', 'b'], { tags: ['t'] })
  t.same(first.values, [undefined, undefined])
  t.equal(first.asked, true)
  t.same(await price(async () => t.equal(await first.prepare(60), true)), [3, 1])
  t.same(await price(async () => t.equal(await first.keep('a', new Date(0), MINUTE), true)), [1, 1])
  t.same(await price(async () => t.equal(await first.keep('c', 'also', MINUTE), true)), [1, 1])
  t.same(await price(async () => t.same((await space.look(['a', 'b', 'c'], { tags: ['t'] })).values, [new Date(0), undefined, 'also'])), [1, 1])
  t.match(space.stats(), { stored: 2, hits: Number, misses: Number })
})

test('nothing is kept that may have been made before an invalidation, in whatever process', async t => {
  const { cache, local } = await startCache(t)
  const space = cache.namespace('streams', { fence: false })
  const other = await startCacheOn(t, local)
  const elsewhere = other.namespace('streams', { fence: false })
  for (const invalidate of [() => space.invalidateTags('t'), () => space.clear(), () => cache.clear(), () => elsewhere.invalidateTags('t'), () => elsewhere.clear()]) {
    const look = await space.look(['key'], { tags: ['t'], ask: true })
    t.equal(await look.prepare(60), true)
    await invalidate()
    await look.keep('key', 'older', MINUTE)
    t.equal(await elsewhere.get('key', { tags: ['t'] }), undefined)
  }
})

test('without prepare nothing is kept, nor where all was in memory and Redis was not asked', async t => {
  const { cache } = await startCache(t)
  const space = cache.namespace('streams', { fence: false })
  const first = await space.look(['key'])
  t.equal(await first.keep('key', 1, MINUTE), false)
  t.equal(await first.prepare(60), true)
  t.equal(await first.keep('key', 1, MINUTE), true)
  const second = await space.look(['key'])
  t.same([second.values, second.asked], [[1], false])
  t.equal(await second.prepare(60), false)
  t.equal(await second.keep('key', 2, MINUTE), false)
  const third = await space.look(['key'], { ask: true })
  t.same([third.values, third.asked], [[1], true])
  t.equal(await third.prepare(60), true)
  t.equal(await third.keep('key', 2, MINUTE), true)
  t.equal(await space.get('key'), 2)
  const none = await space.look([])
  t.equal(await none.prepare(60), false, 'nobody was asked')
})

test('isCurrent ends with staleness, and with an invalidation by this process', async t => {
  const clock = new TestClock()
  const { cache } = await startCache(t, { cache: { clock } })
  const space = cache.namespace('streams', { fence: false, staleness: 5 })
  const one = await space.look(['key'], { tags: ['t'] })
  t.equal(one.isCurrent, true)
  clock.advance(4_999)
  t.equal(one.isCurrent, true)
  clock.advance(1)
  t.equal(one.isCurrent, false)
  const two = await space.look(['key'], { tags: ['t'] })
  await space.invalidateTags('other')
  t.equal(two.isCurrent, true)
  await space.invalidateTags('t')
  t.equal(two.isCurrent, false)
})

test('with fences a look keeps values of its own keys alone, and a delete beats it', async t => {
  const { cache } = await startCache(t)
  const look = await cache.look(['key'])
  t.equal(await look.prepare(60), true)
  t.equal(await codeOf(look.keep('other', 1)), 'FST_CACHE_INVALID_ARGUMENT')
  await cache.delete('key')
  t.equal(await look.keep('key', 'older'), false)
  const next = await cache.look(['key'])
  await next.prepare(60)
  t.equal(await next.keep('key', 'newer'), true)
  t.equal(await cache.get('key'), 'newer')
})

test('forget gives up what is kept, as does a value that is too large to take its place', async t => {
  const { cache } = await startCache(t)
  const space = cache.namespace('streams', { fence: false, maxEntrySize: 100 })
  for (const give of ['forget', 'too large'] as const) {
    const look = await space.look(['key'], { ask: true })
    await look.prepare(60)
    t.equal(await look.keep('key', 'kept', MINUTE), true)
    if (give === 'forget') await look.forget('key')
    else t.equal(await look.keep('key', 'x'.repeat(100), MINUTE), false)
    t.equal(await space.get('key'), undefined, give)
  }
})

test('peek answers at once what is in memory, by a view that is made once for each value', async t => {
  const clock = new TestClock()
  const { cache } = await startCache(t, { cache: { clock, staleness: 5 } })
  let views = 0
  const view = (value: unknown) => ({ value, views: ++views })
  t.equal(cache.peek('key', view), undefined)
  await cache.set('key', { a: 1 })
  const seen = cache.peek('key', view)
  t.same(seen, { value: { a: 1 }, views: 1 })
  t.equal(cache.peek('key', view), seen)
  await cache.set('key', 'primitive')
  t.same(cache.peek('key', view), { value: 'primitive', views: 2 })
  await cache.delete('key')
  t.equal(cache.peek('key', view), undefined)
  await cache.set('key', 1)
  clock.advance(5_000)
  t.equal(cache.peek('key', view), undefined, 'Redis has to confirm it')
  t.equal(views, 2)
})

test('while Redis is away a look finds nothing but what memory may serve, and keeps nothing', async t => {
  const { cache, local, client } = await startCache(t, { client: { timeLimit: 500, backoffInitial: 1, backoffMax: 5 } })
  const space = cache.namespace('streams', { fence: false })
  await local.faults.set({ kind: 'refuse' })
  while (client.stats().breaker === 'closed') await space.get('x')
  const look = await space.look(['key'])
  t.same([look.values, look.asked], [[undefined], true])
  t.equal(await look.prepare(60), false)
  t.equal(await look.keep('key', 1), false)
})

test('mistakes reject at once, with Redis and without', async t => {
  const { cache } = await startCache(t)
  const { cache: none } = await startNullCache(t)
  for (const one of [cache, none]) {
    const look = await one.look(['key'])
    const mistakes = [
      () => one.look('key' as never), () => one.look([{} as never]), () => one.look(['key'], { ttl: 1 } as never), () => one.look(['key'], { ask: 1 } as never), () => one.look(['key'], { tags: [''] }),
      () => look.prepare(0), () => look.keep('key', 1, { ttl: -1 }), () => look.keep('key', 1, { tags: ['a'] } as never)
    ]
    for (const [index, mistake] of mistakes.entries()) t.match(await codeOf(mistake()), /^FST_CACHE_INVALID/, String(index))
    t.equal(await codeOf(look.keep('key', () => 1)), 'FST_CACHE_UNSERIALIZABLE')
  }
})
