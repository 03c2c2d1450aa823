import { test } from 'tap'
import { cacheContract } from '../../contracts/index.ts'
import type { Cache, CacheKey, LoadContext, Look, LookOptions } from '../../plugins/cache/index.ts'
import { startCache } from '../cache.ts'

const context: LoadContext = { signal: new AbortController().signal, setTtl: Math.sqrt, setTags: String, skip: String }

/** What an implementation may get wrong, and the words of a case that finds it. */
const BROKEN: Record<string, { found: string, by: (cache: Cache) => Partial<Cache> }> = {
  'takes falsy values for misses': {
    found: 'miss gave: zero',
    by: cache => ({ getOrSet: async (key, load, options) => await cache.getOrSet(key, load, options) || await load(context) })
  },
  'keeps values as JSON': {
    found: 'miss gave: Date',
    by: cache => ({ getOrSet: async (key, load, options) => await cache.getOrSet(key, async context => JSON.parse(JSON.stringify(await load(context))), options) })
  },
  'puts parts of a key together': { found: 'distinct keys', by: cache => withKeys(cache, key => [key].flat().join(':')) },
  'minds the order of properties': { found: 'properties in another order', by: cache => withKeys(cache, key => JSON.stringify(key)) },
  'runs every loader': { found: 'share one load', by: () => ({ getOrSet: async (_key, load) => await load(context) }) },
  'keeps nothing though it says so': { found: 'set answers whether', by: () => ({ set: async () => true }) },
  'keeps something though it says not': { found: 'set answers whether', by: () => ({ enabled: false }) },
  'forgets to delete': { found: 'delete removes what it names', by: () => ({ delete: async () => true }) },
  'lets namespaces meet': { found: 'a key of one namespace', by: cache => ({ namespace: () => cache }) },
  'keeps what was made before an invalidation': {
    found: 'under a look before it',
    by: cache => ({
      look: async <T>(keys: readonly CacheKey[], options?: LookOptions): Promise<Look<T>> => {
        const { values, asked } = await cache.look<T>(keys, options)
        return {
          values,
          asked,
          isCurrent: false,
          prepare: async () => cache.enabled,
          keep: async (key, value) => await cache.set(key, value),
          forget: async key => { await cache.delete(key) }
        }
      }
    })
  },
  'takes any ttl': { found: 'no number of seconds', by: cache => ({ set: async (key, value) => await cache.set(key, value) }) },
  'counts nothing': { found: 'stats count', by: cache => ({ stats: () => ({ ...cache.stats(), misses: 0 }) }) }
}

function withKeys (cache: Cache, change: (key: CacheKey) => string): Partial<Cache> {
  return {
    getOrSet: async (key, load, options) => await cache.getOrSet(change(key), load, options),
    set: async (key, value, options) => await cache.set(change(key), value, options),
    getMany: async keys => await cache.getMany(keys.map(change))
  }
}

for (const [name, { found, by }] of Object.entries(BROKEN)) {
  test(`the contract finds out a cache that ${name}`, async t => {
    const { cache } = await startCache(t)
    const changes = by(cache)
    const broken = new Proxy(cache, {
      get (target, property) {
        const value: unknown = Reflect.get(property in changes ? changes : target, property, target)
        return typeof value === 'function' ? value.bind(target) : value
      }
    })
    let closed = 0
    const cases = cacheContract({ create: async () => ({ cache: broken, close: async () => { closed++ } }) }).filter(({ name }) => name.includes(found))
    t.equal(cases.length, 1)
    await t.rejects(cases[0]!.run(), { name: 'AssertionError' })
    t.equal(closed, 1)
  })
}
