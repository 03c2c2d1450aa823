import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { Served } from '../../../plugins/cache/index.ts'
import { startCache } from '../../cache.ts'
import { TestClock } from '../../test-clock.ts'

test('after an invalidation of a tag, no call of this process joins a load from before, whose loader tells that tag', async t => {
  const { cache } = await startCache(t)
  for (const key of ['the first to tell tags', 'another']) {
    const [started, held] = [new Deferred<void>(), new Deferred<string>()]
    const load = (answer: () => string | Promise<string>) => cache.getOrSet(key, ({ setTags }) => { setTags(['tag']); return answer() })
    const first = load(() => { started.resolve(); return held.promise })
    await started.promise
    t.equal(await cache.invalidateTags('tag'), true)
    const later = load(() => 'newer')
    held.resolve('outdated')
    t.equal(await first, 'outdated', 'who asked before is answered')
    t.equal(await later, 'newer')
  }
})

test('nor a load in the background, where its loader is the first to tell that tag', async t => {
  const clock = new TestClock()
  const { cache } = await startCache(t, { cache: { clock, ttl: 10, jitter: 0, staleness: 60, staleWhileRevalidate: 30 } })
  await cache.set('key', 'older')
  clock.advance(10_000)
  const held = new Deferred<string>()
  t.equal(await cache.getOrSet('key', ({ setTags }) => { setTags(['tag']); return held.promise }), 'older')
  await eventually(() => cache.stats().loads === 1, 'it loads')
  t.equal(await cache.invalidateTags('tag'), true)
  let source: Served['source'] | undefined
  const later = cache.getOrSet('key', () => 'newer', { staleWhileRevalidate: 0, onServed: served => { source = served.source } })
  // It waits for that load, as nobody knows yet of the tag.
  await setImmediate()
  t.equal(cache.stats().loads, 1)
  held.resolve('outdated')
  t.equal(await later, 'newer')
  t.equal(source, 'loader')
})
