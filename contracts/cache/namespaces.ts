import assert from 'node:assert/strict'
import { rejectsWith } from '../expect.ts'
import { freshKey, type CacheCase } from './subject.ts'

export const namespaces: CacheCase[] = [
  {
    name: 'a key of one namespace is not that of another, nor the root\'s',
    async check (cache) {
      const key = freshKey()
      const caches = [cache, cache.namespace('query'), cache.namespace('report'), cache.namespace('a'), cache.namespace('a.b')]
      await Promise.all(caches.map((space, index) => space.set(key, index)))
      const found = await Promise.all(caches.map(space => space.get(key)))
      assert.deepStrictEqual(found, caches.map((_, index) => cache.enabled ? index : undefined))
      await cache.namespace('a').delete(key)
      assert.equal(await cache.namespace('a').get(key), undefined)
      assert.equal(await cache.namespace('a.b').get(key), cache.enabled ? 4 : undefined)
    }
  },
  {
    name: 'the namespace of a name is the same from everywhere',
    async check (cache) {
      assert.equal(cache.namespace('query'), cache.namespace('query'))
      assert.equal(cache.namespace('api').namespace('query'), cache.namespace('query'))
    }
  },
  {
    name: 'the ttl of a namespace holds for its values',
    async check (cache) {
      const [name] = freshKey()
      const key = freshKey()
      assert.equal(await cache.namespace(name, { ttl: 3_600 }).set(key, 'value'), cache.enabled)
      assert.equal(await cache.namespace(name).has(key), cache.enabled)
    }
  },
  {
    name: 'a namespace has its options once, and a name of plain characters',
    async check (cache) {
      const [name] = freshKey()
      cache.namespace(name, { ttl: 60 })
      cache.namespace(name, { ttl: 60 })
      const bad: Array<[unknown, unknown]> = [[name, { ttl: 61 }], ['', {}], ['a:b', {}], ['ä', {}], ['x'.repeat(65), {}], [1, {}], [freshKey()[0], { ttl: 0 }], [freshKey()[0], { tttl: 1 }]]
      for (const [index, [badName, options]] of bad.entries()) {
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', Promise.resolve().then(() => cache.namespace(badName as string, options as object)), `case ${index}`)
      }
    }
  }
]
