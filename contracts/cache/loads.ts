import assert from 'node:assert/strict'
import type { LoadOptions, Served } from '../../plugins/cache/index.ts'
import { Deferred, eventually } from '../expect.ts'
import { freshKey, type CacheCase } from './subject.ts'

/** A loader that answers when it is told to. */
function heldLoader<T> () {
  const [started, held] = [new Deferred<void>(), new Deferred<T>()]
  const load = () => { started.resolve(); return held.promise }
  return { started: started.promise, resolve: held.resolve, load }
}

const FAILING: Record<string, () => Promise<string>> = {
  throws: () => { throw new Error('no') },
  rejects: () => Promise.reject(new Error('no'))
}

export const loads: CacheCase[] = [
  {
    name: 'what is there is not loaded',
    async check (cache) {
      const key = freshKey()
      await cache.set(key, 'there')
      assert.equal(await cache.getOrSet(key, () => 'loaded'), cache.enabled ? 'there' : 'loaded')
    }
  },
  {
    name: 'a hundred calls at once share one load',
    async check (cache) {
      const key = freshKey()
      let loads = 0
      const { started, resolve, load } = heldLoader<string>()
      const calls = Array.from({ length: 100 }, () => cache.getOrSet(key, () => { loads++; return load() }))
      await started
      resolve('shared')
      assert.deepStrictEqual(await Promise.all(calls), Array(100).fill('shared'))
      assert.equal(loads, 1)
    }
  },
  ...Object.entries(FAILING).map(([how, load]): CacheCase => ({
    name: `a loader that ${how} fails all who wait for it, and the next call loads again`,
    async check (cache) {
      const key = freshKey()
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => cache.getOrSet(key, load)))
      const errors = outcomes.map(outcome => (outcome as PromiseRejectedResult).reason)
      assert.equal(errors[0]?.message, 'no')
      assert.equal(new Set(errors).size, 1, 'the error itself')
      assert.equal(await cache.getOrSet(key, () => 'second try'), 'second try')
    }
  })),
  {
    name: 'loads of different keys do not wait for each other',
    async check (cache) {
      const { started, resolve, load } = heldLoader<string>()
      const held = cache.getOrSet(freshKey(), load)
      await started
      assert.equal(await cache.getOrSet(freshKey(), () => 'at once'), 'at once')
      resolve('late')
      assert.equal(await held, 'late')
    }
  },
  {
    name: 'a loader says how long its value is kept, or that it is not',
    async check (cache) {
      const [brief, long, skipped] = [freshKey(), freshKey(), freshKey()]
      await cache.getOrSet(long, ({ setTtl }) => { setTtl(3_600); return 'long' }, { ttl: 0.05 })
      await cache.getOrSet(brief, ({ setTtl }) => { setTtl(0.05); return 'brief' }, { ttl: 3_600 })
      assert.equal(await cache.getOrSet(skipped, ({ skip }) => { skip(); return 'answered' }), 'answered')
      if (cache.enabled) await eventually(() => cache.has(long), 'it is kept')
      await eventually(async () => !await cache.has(brief), 'it goes')
      assert.equal(await cache.has(long), cache.enabled)
      assert.equal(await cache.has(skipped), false)
    }
  },
  {
    name: 'onServed tells how the value was come by',
    async check (cache) {
      const key = freshKey()
      const sources: string[] = []
      const options: LoadOptions = { onServed: ({ source }: Served) => { sources.push(source) } }
      await Promise.all([cache.getOrSet(key, () => 'value', options), cache.getOrSet(key, () => 'value', options)])
      assert.deepStrictEqual(sources.sort(), ['joined', 'loader'])
      if (!cache.enabled) return
      await eventually(() => cache.has(key), 'it is kept')
      await Promise.all([cache.getOrSet(key, () => 'value', options), cache.getOrSet(key, () => 'value', options)])
      assert.ok(sources.length === 4 && sources.slice(2).every(source => source === 'memory' || source === 'redis'), sources.join())
    }
  },
  {
    name: 'stats count what happened',
    async check (cache) {
      const name = `stats-${freshKey()[0]}`
      const space = cache.namespace(name)
      const before = { own: space.stats(), all: cache.stats() }
      await Promise.all([space.getOrSet('a', () => 1), space.getOrSet('a', () => 1)])
      await space.getOrSet('b', () => { throw new Error('no') }).catch(() => {})
      if (cache.enabled) await eventually(async () => space.stats().stored === 1, 'it is kept')
      await space.getOrSet('a', ({ skip }) => { skip(); return 2 })
      const [hits, misses, stored] = cache.enabled ? [1, 2, 1] : [0, 3, 0]
      const { redis, memory, memoryHits, namespaces, ...own } = space.stats()
      assert.deepStrictEqual(own, {
        hits, stale: 0, degraded: 0, misses, unreadable: 0, loads: cache.enabled ? 2 : 3, loadErrors: 1, joined: 1, stored, notStored: cache.enabled ? 0 : 1, tooLarge: 0
      })
      assert.ok(memoryHits <= hits && memory.entries <= stored && memory.bytes >= memory.entries)
      assert.equal(cache.stats().misses - before.all.misses, misses, 'the root counts all namespaces')
      assert.deepStrictEqual(namespaces, { [name]: { ...own, memoryHits, memory } }, 'a namespace tells its own')
      assert.deepStrictEqual(cache.stats().namespaces[name], namespaces[name], 'the root tells them apart')
      assert.ok(cache.enabled || redis.commands === before.own.redis.commands)
    }
  }
]
