import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import { startCache, startCacheOn } from '../../cache.ts'

const KEPT = 'cache:v::key'

test('a large value is compressed in Redis, and comes back as it was', async t => {
  const { cache, client, local } = await startCache(t)
  const other = await startCacheOn(t, local)
  for (const value of [{ text: 'x'.repeat(5_000) }, { at: new Date(0), text: 'é'.repeat(5_000) }]) {
    t.equal(await cache.set('key', value), true)
    t.ok((await client.send<string>(['GET', KEPT])).length < 500)
    t.same(await other.get('key'), value)
    await other.delete('key')
  }
})

test('a small one is not, nor one that would not be smaller, nor one below the namespace\'s own bound', async t => {
  const { cache, client } = await startCache(t, { cache: { namespaces: { plain: { compressOver: 100_000 } } } })
  const kept = async (name = KEPT) => await client.send<string>(['GET', name])
  await cache.set('key', 'x'.repeat(4_094))
  t.match(await kept(), 'x'.repeat(4_094))
  const noise = randomBytes(6_000).toString('base64')
  await cache.set('key', noise)
  t.ok((await kept()).includes(noise))
  await cache.namespace('plain').set('key', 'x'.repeat(50_000))
  t.match(await kept('cache:v:plain:key'), 'x'.repeat(50_000))
})

test('a value over maxEntrySize is answered and not kept, counted, and said once a namespace', async t => {
  const { cache, log, client } = await startCache(t, { cache: { maxEntrySize: 1_000, namespaces: { small: { maxEntrySize: 10 } } } })
  const large = 'x'.repeat(999)
  for (let n = 0; n < 3; n++) t.equal(await cache.getOrSet('key', () => large), large)
  await eventually(() => cache.stats().notStored === 3, 'all are counted')
  t.equal(await cache.set('key', 'fits'), true)
  t.same(await cache.setMany([{ key: 'key', value: large }, { key: 'other', value: 'fits' }]), [false, true])
  t.equal(await cache.get('key'), undefined, 'what was there is older')
  t.equal(await client.send(['EXISTS', KEPT]), 0)
  t.equal(await cache.get('other'), 'fits')
  t.equal(await cache.namespace('small').set('key', 'a longer text'), false)
  t.match(cache.stats(), { tooLarge: 5, notStored: 5, stored: 2 })
  const lines = log.lines.filter(({ msg }) => /maxEntrySize/.test(msg))
  t.same(lines.map(({ namespace }) => namespace), [undefined, 'small'])
  t.notMatch(JSON.stringify(lines), 'xxx')
})

test('a value of exactly maxEntrySize is kept; bytes count, not characters', async t => {
  const { cache } = await startCache(t, { cache: { maxEntrySize: 1_000 } })
  t.equal(await cache.set('key', 'x'.repeat(998)), true)
  t.equal(await cache.set('key', 'é'.repeat(500)), false)
})
