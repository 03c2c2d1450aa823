import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Command } from '../../plugins/upstash-client/index.ts'
import { arbitraryValue } from '../../test/arbitrary-value.ts'
import { startCache } from '../../test/cache.ts'
import { build, type Graph } from '../../test/graph.ts'
import { same } from '../../test/same.ts'
import { storedEntry } from '../../test/stored-entry.ts'
import { arbitraryDamage, damaged } from './damage.ts'
import { target } from './target.ts'

const NAME = 'cache:v:query:key'
/** The names of the stamps that an entry stands by. */
const STAMPS = ['cache:e', 'cache:e:query', 'cache:f:query:key']
/** What a forged entry stands by, so that nothing but the entry is at fault. */
const STANDS: Command = ['MSET', ...STAMPS.flatMap((name, index) => [name, 'enf'[index] ?? ''])]

/** Of an entry that somebody made on purpose: the right checksum over anything. */
const number = fc.oneof(fc.constantFrom<unknown>(8_000_000_000_000_000, 60_000, 0, -1, 1.5, 1e300, '1', null), fc.nat())
const forged = fc.record({
  format: fc.constantFrom('j', 'd', 'J', 'D', 'x', ''),
  record: fc.oneof(
    { weight: 3, arbitrary: fc.tuple(number, number, number, fc.array(fc.constantFrom<unknown>('e', 'n', 'f', 'tag', 5), { maxLength: 5 })).map(([at, ttl, grace, more]) => JSON.stringify([at, ttl, grace, ...more])) },
    { weight: 3, arbitrary: fc.constant('[1,8000000000000000,0,"e","n","f"]') },
    { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) }
  ),
  text: fc.oneof(fc.json({ maxDepth: 3 }), fc.constantFrom('[["Date",1],"x"]', '[{"__proto__":1},{"admin":2},true]', '[["Map",1,1],0]', '[["View",1],["Buffer",2],0]', '-1', '-7', 'H4sIAAAAAAAAAwMAAAAAAAAAAAA='), arbitraryValue.map(text))
})

const drawn = fc.oneof(
  fc.record({ kind: fc.constant('damaged' as const), graph: arbitraryValue, damage: arbitraryDamage }),
  fc.record({ kind: fc.constant('forged' as const), entry: forged, damage: arbitraryDamage }),
  fc.record({ kind: fc.constant('stamp' as const), graph: arbitraryValue, which: fc.nat(STAMPS.length - 1), damage: arbitraryDamage })
)

/**
 * An entry that was damaged, or whose stamps were, is a miss or the very value; one that was forged is a value or a miss. None throws, none
 * stands in the way of the next load, and none changes what all objects have.
 */
export const envelope = target('envelope', drawn, async owner => {
  const { cache, client } = await startCache(owner, { cache: { memory: false, namespaces: { query: { memory: false } } } })
  const query = cache.namespace('query')
  return async one => {
    await query.clear()
    const given = one.kind === 'forged' ? undefined : one.graph
    if (given === undefined) await client.send(STANDS)
    else assert.equal(await query.set('key', build(given)), true)
    const name = one.kind === 'stamp' ? STAMPS[one.which] ?? '' : NAME
    const before = one.kind === 'forged' ? storedEntry(one.entry.format, one.entry.record, one.entry.text) : await client.send<string | null>(['GET', name]) ?? ''
    const after = damaged(before, one.damage).toWellFormed()
    await client.send(['SET', name, after])
    const found = await query.get('key')
    assert.ok(given === undefined || after !== before || found !== undefined, 'what is as it was is a miss')
    if (given !== undefined && found !== undefined) assert.ok(same(found, build(given)), 'it is another value')
    const loaded = { loaded: true }
    const answered = await query.getOrSet('key', () => loaded)
    assert.ok(same(answered, found === undefined ? loaded : found), 'the load answers something else')
    assert.equal(await query.set('key', loaded), true)
    assert.deepEqual(await query.get('key'), loaded)
    assert.equal(({} as { admin?: unknown }).admin, undefined)
  }
})

/** What one of us could have written, as far as JSON can. */
function text (graph: Graph): string {
  try {
    return JSON.stringify(build(graph)) ?? 'null'
  } catch {
    return 'null'
  }
}
