import assert from 'node:assert/strict'
import type { Cache, CacheKey, LoadContext, NamespaceOptions } from '../../plugins/cache/index.ts'
import { rejectsWith } from '../expect.ts'
import { freshKey, neverLoad, type CacheCase } from './subject.ts'

const cyclic: unknown[] = []
cyclic.push(cyclic)

const BAD_KEYS: Record<string, unknown> = {
  undefined,
  null: null,
  'a number': 1,
  'a plain object': { a: 1 },
  'an undefined part': ['a', undefined],
  'a hole': [, 'a'], // eslint-disable-line no-sparse-arrays -- is what is meant
  NaN: [NaN],
  Infinity: [{ page: Infinity }],
  BigInt: [1n],
  Date: [new Date(0)],
  Map: [new Map()],
  'a function': [Math.max],
  'a symbol': [Symbol('part')],
  'a cycle': cyclic,
  'half a character': 'a\ud800',
  'a property under a symbol': [{ [Symbol('name')]: 1 }],
  'an array with a property': [Object.assign([1], { tenant: 5 })],
  'a getter that throws': [{ get a () { throw new Error('no') } }],
  'more than 32 KB in other bytes than characters': 'é'.repeat(16_385),
  'properties of more than 32 KB': [Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [index, undefined]))],
  'one object in very many places': [Array.from({ length: 40 }).reduce<unknown>(inner => [inner, inner], 'x')],
  'more than 32 KB': 'x'.repeat(32 * 1024 + 1),
  'parts of more than 32 KB': [Array(20_000).fill(0)]
}

class Money { amount = 1 }

const BAD_VALUES: Record<string, unknown> = {
  'a function': Math.max,
  'a function deep inside': { a: [{ b: Math.max }] },
  'a symbol': Symbol('value'),
  'a property under a symbol': { [Symbol('name')]: 1 },
  'an instance of a class': new Money(),
  'one deep inside': new Map([['price', [new Money()]]]),
  'an instance of a class that extends Map': new (class extends Map {})(),
  'an error': new Error('failed'),
  'a promise': { later: Promise.resolve(1) },
  'a boxed number': Object(1),
  'a getter that throws': { get a () { throw new Error('no') } },
  'an array with a property': 'abc'.match(/b/),
  'nested too deeply': Array.from({ length: 100_000 }).reduce(inner => [inner, new Date(0)], null)
}

/** Calls of every method that takes a key. */
function callsWith (cache: Cache, key: unknown): Record<string, () => Promise<unknown>> {
  const bad = key as CacheKey
  return {
    get: () => cache.get(bad),
    getMany: () => cache.getMany(['good', bad]),
    has: () => cache.has(bad),
    set: () => cache.set(bad, 'value'),
    getOrSet: () => cache.getOrSet(bad, neverLoad),
    delete: () => cache.delete('good', bad)
  }
}

export const badArguments: CacheCase[] = [
  ...Object.entries(BAD_KEYS).map(([name, key]): CacheCase => ({
    name: `a bad key is refused by every method: ${name}`,
    async check (cache) {
      for (const [method, call] of Object.entries(callsWith(cache, key))) await rejectsWith('FST_CACHE_INVALID_KEY', call(), method)
    }
  })),
  ...Object.entries(BAD_VALUES).map(([name, value]): CacheCase => ({
    name: `a value that would not come back as it is is refused: ${name}`,
    async check (cache) {
      const key = freshKey()
      await rejectsWith('FST_CACHE_UNSERIALIZABLE', cache.set(key, value), 'set')
      await rejectsWith('FST_CACHE_UNSERIALIZABLE', cache.getOrSet(key, () => value), 'getOrSet')
      assert.equal(await cache.has(key), false)
    }
  })),
  {
    name: 'a ttl that is no number of seconds above 0 is refused',
    async check (cache) {
      for (const ttl of [-1, 0, NaN, Infinity, -Infinity, 1e20, '60', null, true] as number[]) {
        const load = ({ setTtl }: LoadContext) => { setTtl(ttl); return 'value' }
        const what = String(ttl)
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.set(freshKey(), 'value', { ttl }), what)
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(freshKey(), neverLoad, { ttl }), what)
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(freshKey(), load), what)
      }
    }
  },
  {
    name: 'the message of an error repeats nothing of a key, a value or their names',
    async check (cache) {
      const secret = 'ada@example.com'
      const calls = [
        () => cache.get([secret, Math.max] as CacheKey),
        () => cache.get([{ [secret]: 1, get a () { throw new Error(secret) } }]),
        () => cache.set('key', { [secret]: [new Money()] }),
        () => cache.set('key', { get a () { throw new Error(secret) } }),
        () => cache.set('key', new Map([[secret, new Set([Math.max])]])),
        () => cache.set('key', 60, { [secret]: 1 } as object),
        () => cache.set('key', 60, { ada: 1, ben: 2, cleo: 3, dan: 4 } as object)
      ]
      for (const call of calls) {
        await assert.rejects(call(), ({ message, cause }: Error) => {
          assert.doesNotMatch(message, /ada/)
          assert.equal(cause, undefined)
          return true
        })
      }
    }
  },
  {
    name: 'an option that does not exist and a loader that is no function are refused',
    async check (cache) {
      const key = freshKey()
      const misspelt = { tll: 60 } as object
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.set(key, 'value', misspelt), 'set')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(key, neverLoad, misspelt), 'getOrSet')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.set(key, 'value', 60 as unknown as object), 'options that are no object')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.set(key, 'value', null as unknown as object), 'options that are null')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(key, 'value' as unknown as () => string), 'the loader')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(key, neverLoad, { onServed: 5 as unknown as () => void }), 'onServed')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getMany('abc' as unknown as string[]), 'keys')
      await rejectsWith('FST_CACHE_INVALID_KEY', cache.getMany(Array(1)), 'a hole among keys')
    }
  },
  {
    name: 'a mistake is refused as well where the value is there',
    async check (cache) {
      const [key] = freshKey()
      await cache.set(key, 'value')
      const [nothing, number] = [null as unknown as object, 5 as unknown as object]
      for (const options of [nothing, number, { tll: 60 } as object]) {
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(key, neverLoad, options), 'getOrSet')
        await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.get(key, options), 'get')
      }
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(key, 'value' as unknown as () => string), 'the loader')
      await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(key, undefined as unknown as () => string), 'no loader')
    }
  },
  {
    name: 'options of loads and of namespaces are checked',
    async check (cache) {
      const key = freshKey()
      const loads = [
        { timeout: 0 }, { softTimeout: 2 ** 31 }, { softTimeout: 5, staleIfError: 0 }, { staleWhileRevalidate: -1 }, { staleIfError: NaN },
        { lock: 1 }, { refresh: 'yes' }
      ] as object[]
      for (const options of loads) await rejectsWith('FST_CACHE_INVALID_ARGUMENT', cache.getOrSet(key, neverLoad, options), JSON.stringify(options))
      const namespaces = [
        { memory: true }, { memory: null }, { memory: { bytes: 0 } }, { memory: { entries: 1.5 } }, { memory: { byte: 5 } }, { compressOver: 0 },
        { maxEntrySize: '1 MB' }, { staleness: -1 }, { fence: 0 }, { tags: ['a'] }, { ttl: null }
      ] as NamespaceOptions[]
      for (const options of namespaces) assert.throws(() => cache.namespace(freshKey()[0], options), { code: 'FST_CACHE_INVALID_ARGUMENT' }, JSON.stringify(options))
    }
  }
]
