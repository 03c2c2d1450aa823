import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { test, type Test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import { startCache, startNullCache } from '../../cache.ts'
import { TestClock } from '../../test-clock.ts'

/** What is published on the cache's channels during a test, each with its channel. */
function listen (t: Test): object[] {
  const heard: object[] = []
  for (const name of ['hit', 'miss', 'load', 'invalidate']) {
    const channel = `fastify-upstash:cache:${name}`
    const listener = (message: unknown): void => {
      const { duration, ...rest } = Object(message) as { duration?: number }
      // The test's clock moves a little with each reading.
      heard.push({ channel: name, ...rest, ...(duration !== undefined && { duration: Math.round(duration) }) })
    }
    subscribe(channel, listener)
    t.after(() => unsubscribe(channel, listener))
  }
  return heard
}

test('a miss, the load after it and the hits that follow are told, with their keys and without values', async t => {
  const { cache } = await startCache(t, { cache: { jitter: 0, clock: new TestClock() } })
  const heard = listen(t)
  const queries = cache.namespace('query')
  await queries.getOrSet(['patient', 7], () => 'secret')
  await queries.getOrSet(['patient', 7], () => 'secret')
  await queries.set('key', 'secret')
  await queries.get('key')
  const patient = { namespace: 'query', key: '["patient",7]' }
  t.same(heard, [
    { channel: 'miss', ...patient },
    { channel: 'load', ...patient, duration: 0 },
    { channel: 'hit', ...patient, source: 'memory', degraded: false },
    { channel: 'hit', namespace: 'query', key: 'key', source: 'memory', degraded: false }
  ])
})

test('where a value came from is told, and how long its loader took', async t => {
  const clock = new TestClock()
  const { cache } = await startCache(t, { cache: { clock, jitter: 0, ttl: 10, staleWhileRevalidate: 60, memory: false } })
  await cache.set('key', 1)
  const heard = listen(t)
  await cache.get('key')
  clock.advance(11_000)
  await cache.getOrSet('key', () => { clock.advance(7); return 2 })
  await eventually(() => heard.length >= 3, 'it has been loaded in the background')
  t.same(heard, [
    { channel: 'hit', namespace: '', key: 'key', source: 'redis', degraded: false },
    { channel: 'hit', namespace: '', key: 'key', source: 'stale', degraded: false },
    { channel: 'load', namespace: '', key: 'key', duration: 7 }
  ])
})

test('a loader that fails is told with its error', async t => {
  const { cache } = await startNullCache(t)
  const heard = listen(t)
  const error = new Error('no')
  await t.rejects(cache.getOrSet('key', () => { throw error }), error)
  t.match(heard, [{ channel: 'miss' }, { channel: 'load', error }])
})

test('the keys of a look are told as well', async t => {
  const { cache } = await startCache(t)
  await cache.set('b', 1)
  const heard = listen(t)
  await cache.look(['a', 'b'])
  t.match(heard, [{ channel: 'miss', key: 'a' }, { channel: 'hit', key: 'b' }])
})

test('an invalidation is told, with whether Redis acknowledged it', async t => {
  const { cache, local } = await startCache(t, { client: { timeLimit: 50 } })
  const heard = listen(t)
  const queries = cache.namespace('query')
  await queries.delete('a', ['b', 1])
  await cache.invalidateTags('patient:7')
  await queries.clear()
  await cache.clear()
  await local.faults.set({ kind: 'refuse' })
  await queries.delete('a')
  t.same(heard, [
    { channel: 'invalidate', kind: 'delete', namespace: 'query', keys: ['a', '["b",1]'], acknowledged: true },
    { channel: 'invalidate', kind: 'tags', tags: ['patient:7'], acknowledged: true },
    { channel: 'invalidate', kind: 'clear', namespace: 'query', acknowledged: true },
    { channel: 'invalidate', kind: 'clear', namespace: '', acknowledged: true },
    { channel: 'invalidate', kind: 'delete', namespace: 'query', keys: ['a'], acknowledged: false }
  ])
})
