import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { CacheKey } from '../../plugins/cache/index.ts'
import { arbitraryKeys, isSameKey } from '../../test/arbitrary-key.ts'
import { startCache, startCacheOn } from '../../test/cache.ts'
import { target } from './target.ts'

const NAMES = ['v', 'e', 'f', 't', 'a', 'a.b', 'a-b', '0', '__proto__', 'constructor']
/** Hardly a namespace or a key: whether it is one, the code of the error says. */
const oddName = fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom<unknown>('', 'a:b', ':', '*', 'x'.repeat(65), null, 5, ['a'], {}))
const oddKey = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.array(fc.anything({ withDate: true, withMap: true, withBigInt: true, withSparseArray: true, withNullPrototype: true, maxDepth: 2 }), { maxLength: 3 }), fc.anything())

interface Place { readonly namespace: unknown, readonly key: unknown }

const drawn = fc.record({
  keys: arbitraryKeys,
  names: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
  odd: fc.array(fc.record({ namespace: fc.oneof(fc.constantFrom<unknown>(...NAMES), oddName), key: oddKey }), { maxLength: 4 })
})

/** Under each key of each namespace there is what was set there, here and in another process; what is no key or namespace is told so. */
export const keys = target('keys', drawn, async owner => {
  const { cache, local } = await startCache(owner)
  const other = await startCacheOn(owner, local, { memory: false })
  const at = (name: unknown, elsewhere = false) => elsewhere ? other.namespace(name as string, { memory: false }) : cache.namespace(name as string)
  return async ({ keys, names, odd }) => {
    await cache.clear()
    const places: Place[] = [...names.flatMap(namespace => keys.map(key => ({ namespace, key }))), ...odd]
    const there: Array<Place & { value: number }> = []
    for (const [value, { namespace, key }] of places.entries()) {
      const kept = await Promise.resolve().then(() => at(namespace).set(key as CacheKey, value)).catch(assertMistake)
      if (!kept) continue
      const before = there.findIndex(place => place.namespace === namespace && isSameKey(place.key, key))
      if (before >= 0) there.splice(before, 1)
      there.push({ namespace, key, value })
    }
    for (const elsewhere of [false, true]) {
      for (const name of new Set(there.map(({ namespace }) => namespace))) {
        const within = there.filter(({ namespace }) => namespace === name)
        assert.deepEqual(await at(name, elsewhere).getMany(within.map(({ key }) => key as CacheKey)), within.map(({ value }) => value), elsewhere ? 'in Redis' : 'in memory')
      }
    }
  }
})

function assertMistake (error: unknown): false {
  const { code } = error as { code?: unknown }
  if (code !== 'FST_CACHE_INVALID_KEY' && code !== 'FST_CACHE_INVALID_ARGUMENT') throw error
  return false
}
