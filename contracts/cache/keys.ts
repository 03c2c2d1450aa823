import assert from 'node:assert/strict'
import type { CacheKey } from '../../plugins/cache/index.ts'
import { freshKey, type CacheCase } from './subject.ts'

const EQUAL: Record<string, [unknown, unknown]> = {
  'properties in another order': [{ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  'an undefined property and none': [{ page: 1, sort: undefined }, { page: 1 }],
  'an object without a prototype and one with': [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  'zero and minus zero': [0, -0],
  'an object whose prototype has no prototype, as Fastify makes for queries': [Object.assign(Object.create(Object.create(null)), { a: 1 }), { a: 1 }]
}

const long = 'x'.repeat(300)
const DISTINCT: unknown[] = [
  'a', 'a:b', ['a', 'b'], ['a:b'], 'a,b', '["a","b"]', '"a"', 1, '1', true, 'true', null, 'null', [], {}, '', [[]], [''], ['a', ['b']], [['a'], 'b'],
  { a: 1 }, { a: '1' }, { a: { b: 1 } }, { 'a.b': 1 }, { a: null }, ['a', 1], ['A'], 'ä', 'a\u0308', long, `${long}y`, [long], `${long}:`, 'v:', '#', '=', '==', '[', '=[', '=["a"]', '__proto__'
]

export const keys: CacheCase[] = [
  ...Object.entries(EQUAL).map(([name, [one, other]]): CacheCase => ({
    name: `equal keys are one: ${name}`,
    async check (cache) {
      const [id] = freshKey()
      let loads = 0
      const load = () => ++loads
      await Promise.all([cache.getOrSet([id, one] as CacheKey, load), cache.getOrSet([id, other] as CacheKey, load)])
      assert.equal(loads, 1)
    }
  })),
  {
    name: 'distinct keys never meet',
    async check (cache) {
      const [id] = freshKey()
      const distinct: CacheKey[] = DISTINCT.flatMap(part => [[id, part] as CacheKey, ...(typeof part === 'string' ? [`${id}${part}`] : [])])
      const answers = await Promise.all(distinct.map((key, index) => cache.getOrSet(key, () => index)))
      assert.deepStrictEqual(answers, distinct.map((_, index) => index), 'while they are loaded')
      if (!cache.enabled) return
      const kept = await Promise.all(distinct.map((key, index) => cache.set(key, index)))
      assert.ok(kept.every(Boolean))
      assert.deepStrictEqual(await cache.getMany(distinct), distinct.map((_, index) => index), 'in the store')
    }
  },
  {
    name: 'a string and an array that looks like it are different keys',
    async check (cache) {
      const [id] = freshKey()
      const alike: CacheKey[] = [[id], id, `["${id}"]`, `=["${id}"]`, `==["${id}"]`, `#${id}`, `=#${id}`, `=${id}`, `==${id}`]
      const answers = await Promise.all(alike.map((key, index) => cache.getOrSet(key, () => index)))
      assert.deepStrictEqual(answers, alike.map((_, index) => index))
    }
  },
  {
    name: 'a key may have any characters and any length up to 32 KB',
    async check (cache) {
      const [id] = freshKey()
      for (const key of [`${id} \n\r\u0000"{}%*?[]`, [id, '\ud800'], `${id}${'x'.repeat(32_000)}`, [id, 'é'.repeat(16_000)]]) {
        assert.equal(await cache.set(key, 'value'), cache.enabled)
        assert.equal(await cache.get(key), cache.enabled ? 'value' : undefined)
      }
    }
  }
]
