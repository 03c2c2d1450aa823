import assert from 'node:assert/strict'
import { freshKey, type CacheCase } from './subject.ts'

export const looks: CacheCase[] = [
  {
    name: 'look, prepare and keep are a load in steps',
    async check (cache) {
      const [id] = freshKey()
      const [key, tags] = [[id, 1], [`tag ${id}`]]
      const look = await cache.look([key], { tags, ask: true })
      assert.deepStrictEqual(look.values, [undefined])
      assert.equal(await look.prepare(60), cache.enabled)
      assert.equal(await look.keep(key, new Date(7)), cache.enabled)
      assert.deepStrictEqual((await cache.look([key], { tags })).values, [cache.enabled ? new Date(7) : undefined])
      await look.forget(key)
      assert.equal(await cache.get(key), undefined)
    }
  },
  {
    name: 'what is kept after an invalidation, under a look before it, is not there',
    async check (cache) {
      const [id] = freshKey()
      const [key, tags] = [[id, 1], [`tag ${id}`]]
      const look = await cache.look([key], { tags, ask: true })
      await look.prepare(60)
      await cache.invalidateTags(...tags)
      assert.equal(look.isCurrent, false, 'nor is it for others to wait for')
      await look.keep(key, 'older')
      assert.equal(await cache.get(key), undefined)
    }
  },
  {
    name: 'peek answers what get does, or undefined, by one view for all',
    async check (cache) {
      const [id] = freshKey()
      const view = (value: unknown) => ({ value })
      await cache.set(id, 'value')
      const seen = cache.peek(id, view)
      assert.ok(seen === undefined || seen.value === 'value')
      assert.equal(cache.peek(id, view), seen)
      await cache.delete(id)
      assert.equal(cache.peek(id, view), undefined)
    }
  }
]
