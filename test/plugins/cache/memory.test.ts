import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { Cache } from '../../../plugins/cache/index.ts'
import { startCacheOn } from '../../cache.ts'
import { TestClock } from '../../test-clock.ts'
import { startPair } from './pair.ts'

const INVALIDATE: Record<string, (cache: Cache) => Promise<unknown>> = {
  delete: cache => cache.delete('key'),
  invalidateTags: cache => cache.invalidateTags('tag'),
  clear: cache => cache.clear(),
  set: cache => cache.set('key', 'newer', { tags: ['tag'] }),
  refresh: cache => cache.getOrSet('key', () => 'newer', { refresh: true })
}

for (const [name, invalidate] of Object.entries(INVALIDATE)) {
  test(`${name} of another process is seen within the staleness, and not before Redis is asked again`, async t => {
    const { clock, mine, other, commands } = await startPair(t, { staleness: 2 })
    await mine.set('key', 'value', { tags: ['tag'] })
    await invalidate(other)
    const before = commands()
    clock.advance(1_999)
    t.equal(await mine.get('key'), 'value', 'within two seconds')
    t.equal(commands(), before)
    clock.advance(1)
    t.not(await mine.get('key'), 'value', 'from then on')
    t.ok(commands() > before)
  })
}

test('with staleness 0 every call asks for the stamps, and for the value only once', async t => {
  const { client, mine, other, commands } = await startPair(t, { staleness: 0, compressOver: 100_000 })
  await mine.set('key', 'x'.repeat(50_000))
  await mine.get('key')
  const [before, { bytes }] = [commands(), client.stats()]
  for (let n = 0; n < 3; n++) t.equal((await mine.get<string>('key'))?.length, 50_000)
  t.equal(commands() - before, 3)
  t.ok(client.stats().bytes.received - bytes.received < 5_000, 'none of them the value')
  await other.delete('key')
  t.equal(await mine.get('key'), undefined, 'seen at once')
})

test('a load after another process\'s invalidation costs no more than without memory', async t => {
  const { local, clock, mine, other } = await startPair(t, { staleness: 1 })
  await mine.set('key', 'value')
  await other.delete('key')
  clock.advance(1_000)
  await local.settled()
  local.resetStats()
  t.equal(await mine.getOrSet('key', () => 'loaded'), 'loaded')
  await eventually(() => local.stats().roundTrips === 3, 'it is kept')
  t.equal(local.stats().billedCommands, 3)
})

test('what another process loaded anew is read from Redis', async t => {
  const { clock, mine, other } = await startPair(t, { staleness: 1 })
  await mine.set('key', 'value')
  await other.set('key', 'newer')
  clock.advance(1_000)
  t.equal(await mine.getOrSet('key', () => 'loaded'), 'newer')
})

test('no value outlives its ttl in memory, wherever it came from', async t => {
  const { clock, mine, other } = await startPair(t, { staleness: 100, jitter: 0 })
  await mine.set('key', 'value', { ttl: 10 })
  clock.advance(6_000)
  t.equal(await other.get('key'), 'value')
  clock.advance(3_999)
  t.same([await mine.get('key'), await other.get('key')], ['value', 'value'])
  clock.advance(1)
  t.same([await mine.get('key'), await other.get('key')], [undefined, undefined])
})

test('a writer whose clock is ahead makes no value live longer than its ttl', async t => {
  const { local, clock, mine } = await startPair(t, { staleness: 100, jitter: 0 })
  const ahead = new TestClock()
  ahead.advance(90_000)
  await (await startCacheOn(t, local, { clock: ahead, jitter: 0 })).set('key', 'value', { ttl: 10 })
  t.equal(await mine.get('key'), 'value')
  clock.advance(10_000)
  t.equal(await mine.get('key'), undefined)
})

test('memory is bounded by entries and by bytes, and by namespaces without it', async t => {
  const { mine } = await startPair(t, { namespaces: { few: { memory: { entries: 2 } }, small: { memory: { bytes: 10_000 } }, none: { memory: false } } })
  for (const name of ['few', 'small', 'none']) for (let n = 0; n < 20; n++) await mine.namespace(name).set(['key', n], 'x'.repeat(1_000))
  t.equal(mine.namespace('few').stats().memory.entries, 2)
  const { entries, bytes } = mine.namespace('small').stats().memory
  t.ok(entries > 2 && entries < 10 && bytes <= 10_000, `${entries} entries, ${bytes} bytes`)
  t.same(mine.namespace('none').stats().memory, { entries: 0, bytes: 0 })
  t.equal(mine.stats().memory.entries, 2 + entries)
  t.equal(await mine.namespace('few').get(['key', 0]), 'x'.repeat(1_000), 'the others are in Redis')
})

test('a read that names tags is served from memory where the value has them all', async t => {
  const { mine, commands } = await startPair(t)
  await mine.set('key', 'value', { tags: ['a', 'b'] })
  const before = commands()
  t.equal(await mine.get('key', { tags: ['a'] }), 'value')
  t.equal(commands(), before)
  t.equal(await mine.get('key', { tags: ['a', 'c'] }), undefined)
})

test('a string that looks like the canonical form of another key does not meet it in memory', async t => {
  const { mine } = await startPair(t)
  await mine.set(['a', 1], 'value')
  t.equal(await mine.get('["a",1]'), undefined)
  t.equal(await mine.getOrSet('["a",1]', () => 'other'), 'other')
})

test('everybody gets a copy of what is in memory', async t => {
  const { mine } = await startPair(t)
  const value = { list: [{ n: 1 }], date: new Date(0) }
  await mine.set('rich', value)
  await mine.set('plain', { list: [{ n: 1 }] })
  for (let n = 0; n < 4; n++) {
    const [rich, plain] = await mine.getMany<typeof value>(['rich', 'plain'])
    t.same([rich, plain], [value, { list: [{ n: 1 }] }])
    rich?.date.setFullYear(1999)
    for (const copy of [rich, plain]) copy?.list.push({ n: 2 })
    Object.assign(plain?.list[0] ?? {}, { n: 3 })
  }
})

test('a property __proto__ is copied as what it is', async t => {
  const { mine } = await startPair(t)
  await mine.set('key', JSON.parse('{"a":{"__proto__":{"admin":true}}}'))
  for (let n = 0; n < 4; n++) t.equal(JSON.stringify(await mine.get('key')), '{"a":{"__proto__":{"admin":true}}}')
  t.equal(({} as { admin?: boolean }).admin, undefined)
})

test('an answer that is late does not replace a newer one in memory', async t => {
  const { local, clock, mine, other } = await startPair(t, { staleness: 10 })
  await other.set('key', 'older')
  await local.faults.set({ kind: 'delay', ms: 60, command: 'MGET', times: 1 })
  const late = mine.get('key')
  await local.settled()
  clock.advance(1)
  t.equal(await mine.getOrSet('key', () => 'loaded', { tags: ['tag'] }), 'loaded', 'one that has the tag')
  await late
  t.equal(await mine.get('key'), 'loaded')
})

test('an invalidation while a value is being set leaves it to Redis what stands', async t => {
  const { mine } = await startPair(t)
  const set = mine.set('key', 'value', { tags: ['tag'] })
  await Promise.all([set, mine.invalidateTags('tag')])
  t.equal(mine.stats().memory.entries, 0)
})

test('nor is it kept in memory where the invalidation came when the value was on its way', async t => {
  const { local, mine } = await startPair(t, { fence: false })
  await mine.set('what makes the stamps known', 'value', { tags: ['tag'] })
  // So that the invalidation is over first.
  await local.faults.set({ kind: 'delay', ms: 100, command: 'SET', times: 1 })
  const set = mine.set('key', 'value', { tags: ['tag'] })
  // It has no fence and knows the stamps, so that its value goes with this turn.
  await setImmediate()
  t.equal(await mine.invalidateTags('tag'), true)
  t.equal(await set, true)
  t.equal(await mine.get('key'), undefined)
})

test('more own invalidations than are remembered harm nothing else', async t => {
  const { mine } = await startPair(t, { staleness: 100 })
  await mine.setMany([{ key: 'key', value: 'value' }, { key: 'gone-1', value: 'value' }])
  await mine.delete(...Array.from({ length: 6_000 }, (_, n) => `gone-${n}`))
  t.equal(await mine.getOrSet('key', () => 'loaded'), 'value')
  t.equal(mine.stats().memoryHits, 1)
  t.equal(await mine.get('gone-1'), undefined)
})

test('while Redis is away, memory serves on for as long as staleIfError says, and says so; rights are asked for again', async t => {
  const { local, clock, mine } = await startPair(t, {}, { client: { breakerThreshold: 1 } })
  const [api, rights] = [mine.namespace('api'), mine.namespace('permission')]
  await api.set('key', 'value')
  await rights.set('key', 'granted')
  await local.faults.set({ kind: 'refuse' })
  clock.advance(5_000)
  await mine.get('anything')
  await mine.get('until the breaker is seen open')
  t.equal(await api.getOrSet('key', () => 'loaded'), 'value')
  t.equal(await api.get('key'), 'value')
  t.equal(await rights.getOrSet('key', () => 'revoked'), 'revoked')
  t.match(api.stats(), { hits: 2, memoryHits: 2, degraded: 2 })
  clock.advance(59_999)
  t.equal(await api.get('key'), 'value')
  clock.advance(1)
  t.equal(await api.getOrSet('key', () => 'loaded'), 'loaded')
})

test('one call that fails is no outage: the loader runs', async t => {
  const { local, clock, mine } = await startPair(t)
  await mine.set('key', 'value')
  clock.advance(5_000)
  await local.faults.set({ kind: 'reset', times: 2 })
  t.equal(await mine.getOrSet('key', () => 'loaded'), 'loaded')
})

test('while Redis is away, what this process invalidates is not served from memory', async t => {
  const { local, clock, mine } = await startPair(t, {}, { client: { breakerThreshold: 1 } })
  await mine.set('key', 'value', { tags: ['tag'] })
  await local.faults.set({ kind: 'refuse' })
  t.equal(await mine.invalidateTags('tag'), false)
  t.equal(await mine.get('key'), undefined)
  clock.advance(10_000)
  t.equal(await mine.getOrSet('key', () => 'loaded'), 'loaded')
})

test('a confirmation that an invalidation of this process overtakes is not served while Redis is away', async t => {
  const { local, clock, mine } = await startPair(t, {}, { client: { breakerThreshold: 1, timeLimit: 300 } })
  await mine.set('key', 'value')
  clock.advance(5_000)
  await local.faults.set({ kind: 'refuse' })
  await mine.get('anything')
  const held = new Deferred<void>()
  const read = mine.getOrSet('key', () => 'loaded')
  mine.delete('key').then(() => held.resolve())
  t.equal(await read, 'loaded')
  await held.promise
})
