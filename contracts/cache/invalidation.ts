import assert from 'node:assert/strict'
import type { Cache, CacheEntry, CacheKey, LoadOptions } from '../../plugins/cache/index.ts'
import { Deferred, eventually, rejectsWith } from '../expect.ts'
import { freshKey, neverLoad, type CacheCase } from './subject.ts'

/** The ways to invalidate an entry of the namespace `query` with the tag. */
const WAYS: Record<string, (cache: Cache, key: CacheKey, tag: string) => Promise<unknown>> = {
  delete: (cache, key) => cache.namespace('query').delete(key),
  set: (cache, key) => cache.namespace('query').set(key, 'set', { tags: [] }),
  'tag invalidation': (cache, _key, tag) => cache.invalidateTags(tag),
  'tag invalidation from another namespace': (cache, _key, tag) => cache.namespace('report').invalidateTags('another', tag),
  'clear of the namespace': cache => cache.namespace('query').clear(),
  'clear of everything': cache => cache.clear()
}

export const invalidation: CacheCase[] = [
  ...Object.entries(WAYS).map(([way, invalidate]): CacheCase => ({
    name: `a ${way} that comes while a load runs is not undone by it, and no later call joins that load`,
    async check (cache) {
      const [query, key, [tag]] = [cache.namespace('query'), freshKey(), freshKey()]
      const [started, held] = [new Deferred<void>(), new Deferred<string>()]
      const first = query.getOrSet(key, () => { started.resolve(); return held.promise }, { tags: [tag] })
      await started.promise
      await invalidate(cache, key, tag)
      const later = await query.getOrSet(key, () => 'loaded later', { ...(way === 'set' ? {} : { tags: [tag] }) })
      assert.equal(later, way === 'set' && cache.enabled ? 'set' : 'loaded later')
      if (cache.enabled) await eventually(() => query.has(key), 'the newer one is kept')
      held.resolve('outdated')
      assert.equal(await first, 'outdated', 'who asked before is answered')
      // What the outdated load would keep, it would send before this.
      await cache.set(freshKey(), 'another')
      assert.equal(await query.get(key), cache.enabled ? later : undefined)
    }
  })),
  ...Object.entries(WAYS).filter(([way]) => way !== 'set').map(([way, invalidate]): CacheCase => ({
    name: `a ${way} removes what is kept, and answers whether Redis acknowledged it`,
    async check (cache) {
      const [query, key, [tag]] = [cache.namespace('query'), freshKey(), freshKey()]
      await query.set(key, 'value', { tags: [tag, 'more'] })
      assert.equal(await query.get(key), cache.enabled ? 'value' : undefined)
      assert.equal(await invalidate(cache, key, tag), cache.enabled)
      assert.equal(await query.get(key), undefined)
      assert.equal(await query.set(key, 'newer', { tags: [tag] }), cache.enabled)
      assert.equal(await query.get(key), cache.enabled ? 'newer' : undefined)
    }
  })),
  {
    name: 'an invalidation counts at once for who asks next, before it is acknowledged',
    async check (cache) {
      const [key, started, held] = [freshKey(), new Deferred<void>(), new Deferred<string>()]
      const first = cache.getOrSet(key, () => { started.resolve(); return held.promise })
      await started.promise
      const deleted = cache.delete(key)
      const next = cache.getOrSet(key, () => 'loaded anew')
      held.resolve('outdated')
      assert.deepStrictEqual(await Promise.all([first, deleted, next]), ['outdated', cache.enabled, 'loaded anew'])
    }
  },
  {
    name: 'an invalidation leaves alone what it does not name',
    async check (cache) {
      const [key, other, [tag], [otherTag]] = [freshKey(), freshKey(), freshKey(), freshKey()]
      const [query, report] = [cache.namespace('query'), cache.namespace('report')]
      await query.set(key, 'value', { tags: [tag] })
      await report.set(key, 'report', { tags: [tag, otherTag] })
      await cache.invalidateTags(otherTag)
      await query.delete(other)
      await report.clear()
      assert.deepStrictEqual([await query.get(key), await report.get(key)], [cache.enabled ? 'value' : undefined, undefined])
      assert.equal(await cache.invalidateTags(), true, 'nothing to remove')
    }
  },
  {
    name: 'distinct tags never meet, whatever is in them',
    async check (cache) {
      const [[id], key] = [freshKey(), freshKey()]
      const tags = [id, `#${id}`, `=${id}`, `=#${id}`, `==${id}`, `${id}:`, `${id}*\n`, id.repeat(20), `${id.repeat(20)}x`]
      await cache.setMany(tags.map((tag, index) => ({ key: [...key, index], value: index, tags: [tag] })))
      for (const [index, tag] of tags.entries()) {
        await cache.invalidateTags(tag)
        const left = await cache.getMany(tags.map((_, index) => [...key, index]))
        assert.deepStrictEqual(left, tags.map((_, other) => other > index && cache.enabled ? other : undefined))
      }
    }
  },
  {
    name: 'a reader who names tags gets only what was kept with all of them',
    async check (cache) {
      const [key, [tag]] = [freshKey(), freshKey()]
      await cache.set(key, 'value', { tags: [tag, 'more'] })
      const found = await Promise.all([['more'], [tag, 'more'], ['more', tag, tag], [tag, 'less'], []].map(tags => cache.get(key, { tags })))
      assert.deepStrictEqual(found.map(value => value !== undefined), cache.enabled ? [true, true, true, false, true] : Array(5).fill(false))
      assert.deepStrictEqual(await cache.getMany([key], { tags: ['less'] }), [undefined])
    }
  },
  {
    name: 'a call does not join a load of fewer tags, whose value would not have all of its own',
    async check (cache) {
      const [key, [one], [other]] = [freshKey(), freshKey(), freshKey()]
      let loads = 0
      const load = () => ++loads
      const values = await Promise.all([
        cache.getOrSet(key, load, { tags: [one, other] }),
        cache.getOrSet(key, load, { tags: [other] }),
        cache.getOrSet(key, load, { tags: [] }),
        cache.getOrSet(key, load, { tags: [other, 'more'] })
      ])
      assert.deepStrictEqual(values, [1, 1, 1, 2])
    }
  },
  {
    name: 'tags that the loader tells count like those of the call',
    async check (cache) {
      const [[told], [given], key] = [freshKey(), freshKey(), freshKey()]
      const load = () => cache.getOrSet(key, ({ setTags }) => { setTags([told, given]); return 'value' }, { tags: [given] })
      await load()
      if (!cache.enabled) return
      await eventually(async () => await load() === 'value' && await cache.has(key), 'it is kept, if not the first time')
      assert.equal(await cache.get(key, { tags: [told, given] }), 'value')
      assert.equal(await cache.invalidateTags(told), true)
      assert.equal(await cache.get(key), undefined)
    }
  },
  {
    name: 'an invalidation of a tag that comes before the loader tells it is not undone by the load',
    async check (cache) {
      const [[told], key] = [freshKey(), freshKey()]
      const load = (key: CacheKey, during: () => Promise<unknown>) => cache.getOrSet(key, async ({ setTags }) => { await during(); setTags([told]); return 'value' })
      await load(freshKey(), async () => {})
      await load(key, () => cache.invalidateTags(told))
      await cache.set(freshKey(), 'another')
      assert.equal(await cache.has(key), false)
    }
  },
  {
    name: 'setMany answers for each value whether it is kept',
    async check (cache) {
      const [a, b, c] = [freshKey(), freshKey(), freshKey()]
      const kept = await cache.setMany([{ key: a, value: 'a' }, { key: b, value: undefined }, { key: c, value: null, ttl: 60, tags: ['x'] }])
      assert.deepStrictEqual(kept, [cache.enabled, false, cache.enabled])
      assert.deepStrictEqual(await cache.getMany([a, b, c]), cache.enabled ? ['a', undefined, null] : Array(3).fill(undefined))
      await rejectsWith('FST_CACHE_INVALID_KEY', cache.setMany([{ key: a, value: 'newer' }, { key: 1 as unknown as string, value: 1 }]), 'a bad key among them')
      await rejectsWith('FST_CACHE_UNSERIALIZABLE', cache.setMany([{ key: a, value: 'newer' }, { key: b, value: Math.max }]), 'a bad value among them')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.setMany([{ key: a, value: 'newer', tll: 1 } as CacheEntry]), 'a bad option')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.setMany({} as []), 'no array')
      assert.equal(await cache.get(a), cache.enabled ? 'a' : undefined, 'nothing of a bad call is kept')
    }
  },
  {
    name: 'a refresh loads though there is a value, and its own takes the place',
    async check (cache) {
      const key = freshKey()
      await cache.set(key, 'old')
      assert.equal(await cache.getOrSet(key, () => 'new', { refresh: true }), 'new')
      if (cache.enabled) await eventually(async () => await cache.get(key) === 'new', 'it is kept')
      assert.equal(await cache.getOrSet(key, () => 'new', { refresh: false }), 'new')
    }
  },
  {
    name: 'a loader that takes longer than its timeout fails the call, its signal aborts, and what it answers late is not kept',
    async check (cache) {
      const key = freshKey()
      const held = new Deferred<string>()
      let signal: AbortSignal | undefined
      await rejectsWith('FST_CACHE_LOAD_TIMEOUT', cache.getOrSet(key, context => { signal = context.signal; return held.promise }, { timeout: 5 }), 'it rejects')
      assert.equal(signal?.aborted, true)
      assert.equal((signal.reason as { code?: string }).code, 'FST_CACHE_LOAD_TIMEOUT')
      held.resolve('late')
      await cache.set(freshKey(), 'another')
      assert.equal(await cache.get(key), undefined)
      assert.equal(await cache.getOrSet(key, () => 'second try'), 'second try')
    }
  },
  {
    name: 'jitter shortens a life at random, never lengthens it',
    async check (cache) {
      const space = cache.namespace(freshKey()[0], { jitter: 0.99, ttl: 30 })
      await space.set('key', 'value')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.set('key', 'value', { jitter: 1 }), 'a share of 1')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.set('key', 'value', { jitter: -0.1 }), 'less than none')
    }
  },
  {
    name: 'a namespace without fences has no delete',
    async check (cache) {
      const lists = cache.namespace(freshKey()[0], { fence: false })
      const [[tag], key] = [freshKey(), freshKey()]
      assert.equal(await lists.set(key, 'value', { tags: [tag] }), cache.enabled)
      assert.equal(await lists.get(key), cache.enabled ? 'value' : undefined)
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', lists.delete(key), 'delete')
      assert.equal(await lists.invalidateTags(tag), cache.enabled)
      assert.equal(await lists.get(key), undefined)
      assert.equal(await lists.getOrSet(key, () => 'loaded', { refresh: true }), 'loaded')
    }
  },
  {
    name: 'bad tags, timeouts and other options are refused',
    async check (cache) {
      for (const tags of ['a', [''], [1], ['\ud800'], Array.from({ length: 101 }, (_, index) => String(index)), { 0: 'a' }] as string[][]) {
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.set('key', 'value', { tags }), 'set')
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.get('key', { tags }), 'get')
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet('key', neverLoad, { tags }), 'getOrSet')
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(freshKey(), ({ setTags }) => setTags(tags)), 'setTags')
        if (Array.isArray(tags)) await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.invalidateTags(...tags), 'invalidateTags')
      }
      const half = (letter: string) => Array.from({ length: 51 }, (_, index) => `${letter}${index}`)
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(freshKey(), ({ setTags }) => { setTags(half('a')); return 1 }, { tags: half('b') }), 'too many together')
      for (const options of [{ timeout: 0 }, { timeout: 2 ** 31 }, { timeout: '5' }, { refresh: 1 }, { jitter: NaN }] as LoadOptions[]) {
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet('key', neverLoad, options), JSON.stringify(options))
      }
      for (const options of [{ staleness: -1 }, { staleness: NaN }, { fence: 'no' }, { timeout: 0 }] as object[]) {
        assert.throws(() => cache.namespace(freshKey()[0], options), { code: 'FST_CACHE_INVALID_ARGUMENT' })
      }
    }
  }
]
