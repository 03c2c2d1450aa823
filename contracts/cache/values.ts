import assert from 'node:assert/strict'
import { eventually } from '../expect.ts'
import { freshKey, neverLoad, type CacheCase } from './subject.ts'

/** Made anew for each use, since the cases change them. */
const SAMPLES: Record<string, () => unknown> = {
  null: () => null,
  false: () => false,
  zero: () => 0,
  'the empty string': () => '',
  'the empty array': () => [],
  'the empty object': () => ({}),
  'digits in a string': () => '6175551212',
  'the word true': () => 'true',
  'a string of any characters': () => 'ä \u0000 \u2028 \ud800 🙂 "\\',
  'a number that JSON has not': () => [NaN, Infinity, -Infinity, -0],
  'a large integer': () => Number.MAX_SAFE_INTEGER,
  BigInt: () => 2n ** 70n,
  Date: () => new Date('2026-02-28T12:00:00.123Z'),
  RegExp: () => /a"b/gi,
  URL: () => new URL('https://example.com/?a=b#c'),
  Map: () => new Map<unknown, unknown>([['a', 1], [{ b: 2 }, new Date(0)]]),
  Set: () => new Set([1, '1', null]),
  Uint8Array: () => Uint8Array.of(0, 128, 255),
  'a view of a part': () => new Uint16Array(Uint16Array.of(1, 2, 3).buffer, 2, 1),
  'a DataView of a part': () => new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1),
  ArrayBuffer: () => Uint8Array.of(1, 2).buffer,
  Buffer: () => Buffer.from('a buffer'),
  'nested undefined': () => ({ a: undefined, b: [undefined] }),
  'an array with a hole': () => [1, , 3], // eslint-disable-line no-sparse-arrays -- is what is meant
  'an object without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'a property __proto__': () => JSON.parse('{ "__proto__": { "admin": true } }'),
  'plain data': () => ({ rows: [{ id: 1, name: 'Ada', tags: ['a', 'b'], active: true, note: null }], total: 1.5 }),
  'types within types': () => ({ at: new Date(0), by: new Map([['x', [new Set([1n])]]]) })
}

export const values: CacheCase[] = [
  ...Object.entries(SAMPLES).map(([name, sample]): CacheCase => ({
    name: `what a hit gives equals what the miss gave: ${name}`,
    async check (cache) {
      const key = freshKey()
      assert.deepStrictEqual(await cache.getOrSet(key, sample), sample(), 'from the loader')
      if (!cache.enabled) return
      await eventually(() => cache.has(key), 'what was loaded is kept')
      assert.deepStrictEqual(await cache.getOrSet(key, neverLoad), sample(), 'from the cache')
      assert.equal(await cache.set(key, sample()), true)
      assert.deepStrictEqual(await cache.get(key), sample(), 'what was set')
    }
  })),
  {
    name: 'an object of another realm, or of those that Fastify makes for queries, comes back as a plain one',
    async check (cache) {
      const query = () => Object.assign(Object.create(Object.create(null)), { page: '1' })
      assert.deepStrictEqual(await cache.getOrSet(freshKey(), () => ({ query: query(), at: new Date(0) })), { query: { page: '1' }, at: new Date(0) })
      assert.deepStrictEqual(await cache.getOrSet(freshKey(), () => query()), { page: '1' })
    }
  },
  {
    name: 'one object in two places stays one, also in a cycle',
    async check (cache) {
      const person: { name: string, self?: unknown } = { name: 'Ada' }
      person.self = person
      const [first, second] = await cache.getOrSet(freshKey(), () => [person, person])
      assert.equal(first, second)
      assert.equal(first?.self, first)
    }
  },
  {
    name: 'set answers whether the value is kept, and get then gives it',
    async check (cache) {
      const key = freshKey()
      assert.equal(await cache.get(key), undefined)
      assert.equal(await cache.has(key), false)
      assert.equal(await cache.set(key, 'value'), cache.enabled)
      assert.equal(await cache.get(key), cache.enabled ? 'value' : undefined)
      assert.equal(await cache.has(key), cache.enabled)
      assert.equal(await cache.set(key, 'newer'), cache.enabled)
      assert.equal(await cache.get(key), cache.enabled ? 'newer' : undefined)
    }
  },
  {
    name: 'undefined is not kept',
    async check (cache) {
      const key = freshKey()
      assert.equal(await cache.set(key, undefined), false)
      assert.equal(await cache.has(key), false)
      assert.deepStrictEqual(await Promise.all([cache.getOrSet(key, () => undefined), cache.getOrSet(key, () => undefined)]), [undefined, undefined])
      assert.equal(await cache.getOrSet(key, () => 'loaded again'), 'loaded again')
    }
  },
  {
    name: 'getMany answers in the order of its keys, with undefined for what is not there',
    async check (cache) {
      const [a, b, none] = [freshKey(), freshKey(), freshKey()]
      await Promise.all([cache.set(a, 'a'), cache.set(b, null)])
      assert.deepStrictEqual(await cache.getMany([b, none, a, a]), cache.enabled ? [null, undefined, 'a', 'a'] : Array(4).fill(undefined))
      assert.deepStrictEqual(await cache.getMany([]), [])
    }
  },
  {
    name: 'a value goes at the end of its ttl',
    async check (cache) {
      const key = freshKey()
      await cache.set(key, 'short-lived', { ttl: 0.05 })
      await eventually(async () => !await cache.has(key), 'it goes')
      assert.equal(await cache.get(key), undefined)
    }
  },
  {
    name: 'delete removes what it names and nothing else',
    async check (cache) {
      const [a, b, c] = [freshKey(), freshKey(), freshKey()]
      await Promise.all([a, b, c].map(key => cache.set(key, 'value')))
      assert.equal(await cache.delete(a, b), cache.enabled)
      assert.deepStrictEqual(await cache.getMany([a, b, c]), [undefined, undefined, cache.enabled ? 'value' : undefined])
      assert.equal(await cache.delete(a), cache.enabled, 'also what is not there')
      assert.equal(await cache.delete(), true, 'nothing to remove')
    }
  },
  {
    name: 'everybody has a copy: changing a value changes nobody else\'s',
    async check (cache) {
      const key = freshKey()
      const original = { list: [1] }
      const change = (value: { list: number[] }) => { value.list.push(2) }
      const [first, second] = await Promise.all([cache.getOrSet(key, () => original), cache.getOrSet(key, () => original)])
      change(first)
      assert.deepStrictEqual(second, { list: [1] }, 'of a load that was shared')
      assert.deepStrictEqual(original, { list: [1] }, 'of the loader')
      if (!cache.enabled) return
      await cache.set(key, original)
      change(original)
      const [third, fourth] = await cache.getMany<{ list: number[] }>([key, key])
      assert.deepStrictEqual(third, { list: [1] }, 'of what was set')
      change(third)
      assert.deepStrictEqual(fourth, { list: [1] }, 'of a hit')
      assert.deepStrictEqual(await cache.get(key), { list: [1] }, 'of what is kept')
    }
  }
]
