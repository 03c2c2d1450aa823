import assert from 'node:assert/strict'
import fc from 'fast-check'
import tap, { test, type Test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import { freshKey, neverLoad } from '../../../contracts/cache/subject.ts'
import cachePlugin, { type Cache } from '../../../plugins/cache/index.ts'
import { arbitraryKey, arbitraryKeys, isSameKey } from '../../arbitrary-key.ts'
import { amongJson, arbitraryValue } from '../../arbitrary-value.ts'
import { startCache } from '../../cache.ts'
import { startClient } from '../../client.ts'
import { build, type Graph } from '../../graph.ts'
import { holds } from '../../property.ts'
import { same } from '../../same.ts'
import { vandalise } from '../../vandalise.ts'

// A quarter of a minute on an idle machine; on a busy one more than others have.
tap.setTimeout(180_000)

/** A cache, and one of another process on the same Redis, which has nothing in memory. */
async function startBoth (t: Test): Promise<{ cache: Cache, other: Cache }> {
  const { cache, local } = await startCache(t, { cache: { maxEntrySize: 8_000_000 } })
  const { app } = await startClient(t, local, { timeLimit: 20_000 })
  await app.register(cachePlugin, { memory: false, maxEntrySize: 8_000_000, namespaces: { query: { memory: false } } })
  return { cache, other: app.cache }
}

/** Not assert.equal: what prints the difference may not come to an end on some of these. */
function assertSame (found: unknown, graph: Graph, what: string): void {
  assert.ok(same(found, build(graph)), what)
}

test('what a hit gives equals what the miss gave, here and in another process', async t => {
  const { cache, other } = await startBoth(t)
  await holds(arbitraryValue, async graph => {
    const key = freshKey()
    assertSame(await cache.getOrSet(key, () => build(graph)), graph, 'the miss')
    await eventually(() => other.has(key), 'it is kept')
    assertSame(await other.get(key), graph, 'from Redis')
    assertSame(await other.getOrSet(key, neverLoad), graph, 'from Redis, where it could be loaded')
    assertSame(await cache.getOrSet(key, neverLoad), graph, 'the hit')
    assert.equal(await cache.set(key, build(graph)), true)
    assertSame(await cache.get(key), graph, 'what was set')
    assertSame(await other.get(key), graph, 'what was set elsewhere')
  }, { numRuns: 80, examples: amongJson })
})

const LARGE: Record<string, () => unknown> = {
  '1 MB of one character': () => 'x'.repeat(2 ** 20),
  '1 MB of halves of characters': () => '\ud83d'.repeat(2 ** 20 / 6),
  '1 MB of emoji': () => '🙂'.repeat(2 ** 18),
  '1 MB of quotes': () => '"'.repeat(2 ** 20),
  '1 MB in a cycle': () => { const cyclic: unknown[] = ['é'.repeat(2 ** 19)]; cyclic.push(cyclic); return cyclic },
  '1 MB of bytes': () => Buffer.alloc(2 ** 20, 'bytes'),
  '20,000 objects': () => Array.from({ length: 20_000 }, (_, id) => ({ id, at: new Date(id) }))
}

test('large values come back as well', async t => {
  const { cache, other } = await startBoth(t)
  for (const [name, make] of Object.entries(LARGE)) {
    const key = freshKey()
    t.ok(same(await cache.getOrSet(key, make), make()), name)
    await eventually(() => other.has(key), 'it is kept')
    t.ok(same(await other.get(key), make()), `${name}, from Redis`)
    t.ok(same(await cache.get(key), make()), `${name}, the hit`)
  }
})

test('two keys are one entry if and only if they are equal', async t => {
  const { cache, other } = await startBoth(t)
  const [query, elsewhere] = [cache.namespace('query'), other.namespace('query')]
  await holds(arbitraryKeys, async keys => {
    const first = keys.map(key => keys.findIndex(other => isSameKey(key, other)))
    const stored = query.stats().stored + new Set(first).size
    await query.clear()
    assert.deepStrictEqual(await Promise.all(keys.map((key, index) => query.getOrSet(key, () => index))), first, 'while they are loaded')
    await eventually(() => query.stats().stored >= stored, 'they are kept')
    assert.deepStrictEqual(await elsewhere.getMany(keys), first, 'in Redis')
    assert.deepStrictEqual(await query.getMany(keys), first, 'where they were loaded')
  }, { numRuns: 120 })
})

const NAMESPACES = ['', 'query', 'a', 'a.b', 'a-b', 'v', 'e', '0', '__proto__', 'constructor']
const change = fc.record({ way: fc.constantFrom('set', 'getOrSet', 'delete', 'clear'), namespace: fc.nat(NAMESPACES.length - 1), key: fc.nat(2) })

test('what is done in one namespace shows in no other', async t => {
  const { cache, other } = await startBoth(t)
  const [mine, others] = [cache, other].map(cache => NAMESPACES.map(name => name === '' ? cache : cache.namespace(name, name === 'query' ? {} : cache === other ? { memory: false } : {}))) as [Cache[], Cache[]]
  await holds(fc.tuple(fc.array(arbitraryKey, { minLength: 3, maxLength: 3 }), fc.array(change, { minLength: 4, maxLength: 20 })), async ([keys, changes]) => {
    await cache.clear()
    const expected = NAMESPACES.map(() => new Map<number, unknown>())
    for (const [value, { way, namespace, key }] of changes.entries()) {
      const [space, there] = [mine[namespace] as Cache, expected[namespace] as Map<number, unknown>]
      const place = keys.findIndex(other => isSameKey(keys[key], other))
      const { stored } = space.stats()
      if (way === 'set' && await space.set(keys[key] as string, value)) there.set(place, value)
      if (way === 'delete' && await space.delete(keys[key] as string)) there.delete(place)
      if (way === 'clear' && await space.clear()) for (const entries of namespace === 0 ? expected : [there]) entries.clear()
      if (way !== 'getOrSet') continue
      assert.equal(await space.getOrSet(keys[key] as string, () => value), there.get(place) ?? value)
      if (there.has(place)) continue
      there.set(place, value)
      await eventually(() => space.stats().stored > stored, 'it is kept')
    }
    for (const caches of [mine, others]) {
      const found = await Promise.all(caches.map(space => space.getMany(keys)))
      assert.deepStrictEqual(found, expected.map(there => keys.map(key => there.get(keys.findIndex(other => isSameKey(key, other))))))
    }
  }, { numRuns: 40 })
})

test('what anybody does to a value shows in no other read', async t => {
  const { cache, other } = await startBoth(t)
  await holds(arbitraryValue, async value => {
    const graph: Graph = { ...value, root: { is: 'array', items: [value.root] } }
    const key = freshKey()
    const readers: Record<string, () => Promise<unknown[]>> = {
      get: async () => [await cache.get(key)],
      'get elsewhere': async () => [await other.get(key)],
      getMany: () => cache.getMany([key, key]),
      'getMany elsewhere': () => other.getMany([key, key]),
      'calls at once': () => Promise.all([cache.getOrSet(key, neverLoad), cache.getOrSet(key, neverLoad), cache.get(key)]),
      'get again': async () => [await cache.get(key)]
    }
    const check = async (from: string) => {
      for (const [reader, read] of Object.entries(readers)) {
        for (const found of await read()) {
          assertSame(found, graph, `${reader} after ${from}`)
          assert.ok(vandalise(found) > 0)
          assert.ok(!same(found, build(graph)), 'it is changed')
        }
      }
    }
    const original = build(graph)
    for (const found of await Promise.all([1, 2, 3].map(() => cache.getOrSet(key, () => original)))) {
      assertSame(found, graph, 'of calls that shared a load')
      vandalise(found)
    }
    assertSame(original, graph, 'what the loader holds')
    vandalise(original)
    await eventually(() => other.has(key), 'it is kept')
    await check('the load')

    const given = build(graph)
    const set = cache.set(key, given)
    vandalise(given)
    assert.equal(await set, true)
    await check('set')
    const many = build(graph)
    const setMany = cache.setMany([{ key, value: many }])
    vandalise(many)
    assert.deepStrictEqual(await setMany, [true])
    await check('setMany')
  }, { numRuns: 40 })
})
