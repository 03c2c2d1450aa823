import { test, type Test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { LocalUpstash } from '../../../local/index.ts'
import type { Cache, CacheOptions } from '../../../plugins/cache/index.ts'
import type { UpstashClient } from '../../../plugins/upstash-client/index.ts'
import { startCache, startCacheOn } from '../../cache.ts'
import { startGate, type Gate } from '../../gate.ts'
import { LOSSES } from '../../losses.ts'
import { TestClock } from '../../test-clock.ts'

// The model found a schedule against each simpler protocol. Those that need requests in a certain order are played here, and named as
// the model names them; a gate before one process holds its requests. docs/tags-and-stamps.md lists all, and where each is played.

const TAGS = { tags: ['tag'] }
/** What is in Redis is the subject, but where a test says otherwise. */
const NO_MEMORY: CacheOptions = { memory: false }

interface World {
  readonly local: LocalUpstash
  readonly client: UpstashClient
  readonly clock: TestClock
  /** Asks the endpoint. */
  readonly other: Cache
  /** Asks through the gate. */
  readonly gated: Cache
  readonly gate: Gate
}

async function startWorld (t: Test, options: CacheOptions = NO_MEMORY, timeLimit = 20_000): Promise<World> {
  const clock = new TestClock()
  const { local, client, cache: other } = await startCache(t, { cache: { clock, ...options } })
  const gate = await startGate(t, local)
  return { local, client, clock, other, gate, gated: await startCacheOn(t, gate, { clock, ...options }, { timeLimit }) }
}

/** A load that has begun and waits to be told what it answers. */
async function heldLoad (cache: Cache, tags: string[] = [], told: string[] = []): Promise<{ answer: Promise<string>, end: (value: string) => void }> {
  const [started, held] = [new Deferred<void>(), new Deferred<string>()]
  const answer = cache.getOrSet('key', ({ setTags }) => {
    started.resolve()
    if (told.length > 0) setTags(told)
    return held.promise
  }, { tags })
  await started.promise
  return { answer, end: held.resolve }
}

async function kept (cache: Cache, times: number): Promise<void> {
  await eventually(() => cache.stats().stored === times, 'it is kept')
}

test('"SET NX fired, eviction": an invalidation that comes before the stamps are made is seen by the loader', async t => {
  const { other, gated, gate } = await startWorld(t)
  let row = 'older'
  const making = gate.hold('SET')
  const answer = gated.getOrSet('key', () => row, TAGS)
  await making.here
  row = 'newer'
  t.equal(await other.invalidateTags('tag'), true)
  making.goOn()
  t.equal(await answer, 'newer')
  await kept(gated, 1)
  t.equal(await other.get('key', TAGS), 'newer')
})

test('"stored though SET NX was not acknowledged, eviction": stamps that arrive after an invalidation bring nothing back', async t => {
  const { other, gated, gate } = await startWorld(t, NO_MEMORY, 1_000)
  const making = gate.hold('SET')
  t.equal(await gated.getOrSet('key', () => 'older', TAGS), 'older', 'it gave up')
  await eventually(() => gated.stats().notStored === 1, 'it is not kept')
  t.equal(await other.invalidateTags('tag'), true)
  making.goOn()
  await making.executed
  t.equal(await other.get('key', TAGS), undefined)
})

test('"SET NX re-sent": stamps whose reply is lost are not made twice', async t => {
  const { local, other, gated, gate } = await startWorld(t)
  const making = gate.hold('SET', 'late')
  t.equal(await gated.getOrSet('key', () => 'older', TAGS), 'older')
  t.equal(await other.invalidateTags('tag'), true)
  making.goOn()
  await making.executed
  t.equal(await other.get('key', TAGS), undefined)
  t.equal(local.stats().byCommand['set'], 4, 'those that were late: epochs, tag and fence')
})

for (const [name, invalidate] of Object.entries({ invalidateTags: (cache: Cache) => cache.invalidateTags('tag'), delete: (cache: Cache) => cache.delete('key') })) {
  test(`"${name} re-sent": what arrives a second time, after others loaded and invalidated, brings nothing back`, async t => {
    const { other, gated, gate } = await startWorld(t)
    const lost = gate.hold('UNLINK', 'late')
    t.equal(await invalidate(gated), true, 'sent again, and acknowledged')
    await lost.here
    t.equal(await other.getOrSet('key', () => 'older', TAGS), 'older')
    await kept(other, 1)
    t.equal(await invalidate(other), true)
    lost.goOn()
    await lost.executed
    t.equal(await other.get('key', TAGS), undefined)
    t.equal(await gated.getOrSet('key', () => 'newer', TAGS), 'newer')
  })
}

test('"set in two trips, a delete at once": its value is left or none, and nothing older; a refresh in its place gives what is newest', async t => {
  const { other, gated, gate } = await startWorld(t)
  await other.set('key', 'oldest')
  const fence = gate.hold('SET')
  const set = gated.set('key', 'older')
  await fence.here
  t.equal(await other.delete('key'), true)
  fence.goOn()
  t.equal(await set, true)
  t.ok(['older', undefined].includes(await other.get('key')), 'the writer gave its value before the row changed')

  let row = 'older'
  const renewal = gate.hold('SET')
  const refresh = gated.getOrSet('key', () => row, { refresh: true })
  await renewal.here
  row = 'newest'
  t.equal(await other.delete('key'), true)
  renewal.goOn()
  t.equal(await refresh, 'newest')
  await kept(gated, 2)
  t.equal(await other.get('key'), 'newest')
})

for (const [how, lose] of Object.entries(LOSSES)) {
  test(`"fence life": a value that arrives after the fence of a delete has ${how} is void`, async t => {
    const { client, other, gated, gate } = await startWorld(t)
    await gated.getOrSet('key', ({ skip }) => { skip() })
    const { answer, end } = await heldLoad(gated)
    const late = gate.hold('SET')
    end('older')
    t.equal(await answer, 'older')
    await late.here
    t.equal(await other.delete('key'), true)
    // A new fence, which is lost in its turn.
    await other.getOrSet('key', ({ skip }) => { skip() })
    await lose(client, 'cache:f::key')
    late.goOn()
    await kept(gated, 1)
    t.equal(await client.send(['EXISTS', 'cache:v::key']), 1, 'it is there')
    t.equal(await other.get('key'), undefined)
    await other.getOrSet('key', ({ skip }) => { skip() })
    t.equal(await other.get('key'), undefined, 'nor is it valid under the next fence')
  })

  for (const gone of ['cache:e', 'cache:e:', 'cache:f::key', 'cache:t:tag']) {
    test(`"memory: a missing fence matches": ${gone} ${how} makes a miss of what is in memory, when it is asked for next`, async t => {
      const { client, clock, other, gated } = await startWorld(t, { staleness: 1 })
      t.equal(await gated.getOrSet('key', () => 'older', TAGS), 'older')
      await kept(gated, 1)
      if (gone === 'cache:f::key') {
        t.equal(await other.delete('key'), true)
        await other.getOrSet('key', ({ skip }) => { skip() }, TAGS)
      }
      await lose(client, gone)
      clock.advance(1_000)
      t.equal(await gated.get('key', TAGS), undefined)
      t.equal(await gated.getOrSet('key', () => 'newer', TAGS), 'newer')
    })
  }
}

test('"jitter lengthens the ttl": no entry outlives its ttl and grace, nor half of its fence\'s life', async t => {
  const { client, other } = await startWorld(t, { ttl: 10_000, staleIfError: 1_000, jitter: 0.9 })
  const keys = Array.from({ length: 50 }, (_, n) => `key-${n}`)
  await other.setMany(keys.map(key => ({ key, value: 'value' })))
  for (const key of keys) {
    const [entry, fence] = [await client.send<number>(['PTTL', `cache:v::${key}`]), await client.send<number>(['PTTL', `cache:f::${key}`])]
    t.ok(entry <= 11_000_000 && fence > 2 * entry - 1_000, `${entry} and ${fence} ms`)
  }
})

test('"setTags: t removed before i": what is told while an invalidation is under way is judged by the whole of it', async t => {
  const { other, gated, gate } = await startWorld(t)
  // The first one shows that tags will be told, the second one makes the stamp that this needs.
  for (const key of ['first', 'second']) await other.getOrSet(key, ({ setTags }) => { setTags(['told']); return key })
  await kept(other, 1)
  const { answer, end } = await heldLoad(other, [], ['told'])
  const executed = gate.hold('UNLINK', 'reply')
  const invalidation = gated.invalidateTags('told')
  await executed.here
  end('older')
  t.equal(await answer, 'older')
  await eventually(() => other.stats().stored + other.stats().notStored === 3, 'it is kept, or not')
  executed.goOn()
  t.equal(await invalidation, true)
  t.equal(await other.get('key'), undefined)
})

test('"any later call joins", with memory: from its staleness on, a load in flight is joined no more, and what it answers is not served', async t => {
  const { clock, other, gated } = await startWorld(t, { staleness: 1 })
  const { answer, end } = await heldLoad(gated)
  t.equal(await other.delete('key'), true)
  clock.advance(900)
  const joined = gated.getOrSet('key', () => 'its own')
  clock.advance(100)
  const later = gated.getOrSet('key', () => 'newer')
  await eventually(() => gated.stats().loads === 2, 'the second one loads')
  t.equal(await later, 'newer')
  end('older')
  t.same(await Promise.all([answer, joined]), ['older', 'older'])
  t.equal(await gated.get('key'), 'newer')
})
