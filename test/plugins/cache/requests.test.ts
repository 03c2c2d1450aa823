import { test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { CacheKey } from '../../../plugins/cache/index.ts'
import { startCache } from '../../cache.ts'

/** So that values are as large in Redis as they look here, and are read from there. */
const UNCOMPRESSED = { memory: false, compressOver: 1_000_000 } as const

const keys = (count: number) => Array.from({ length: count }, (_, index) => ['row', index] as const)

test('a burst of loads is kept in few requests, each value by its own command', async t => {
  const { cache, local, client } = await startCache(t, { client: { connections: 4 } })
  await cache.getOrSet('warm', () => 'value')
  await eventually(async () => cache.stats().stored === 1, 'the epochs are there')
  await local.faults.set({ kind: 'delay', ms: 50, command: 'SET' })
  local.resetStats()
  await Promise.all(keys(1_000).map(key => cache.getOrSet(key, () => 'value')))
  await eventually(async () => cache.stats().stored === 1_001, 'all are kept')
  t.equal(client.stats().breaker, 'closed')
  // Of 1,000 each, entries and fences are read in three, fences made in four, and entries kept as they come.
  const { billedCommands, roundTrips } = local.stats()
  t.equal(billedCommands, 2_003)
  t.ok(roundTrips < 30, `${roundTrips}`)
})

test('a burst of first loads makes the epochs once', async t => {
  const { cache, local } = await startCache(t)
  await Promise.all(keys(10).map(key => cache.getOrSet(key, () => 'value')))
  await eventually(async () => cache.stats().stored === 10, 'all are kept')
  t.match(local.stats(), { billedCommands: 1 + 12 + 10, roundTrips: 3 })
})

test('a load that waits for a stamp which another one makes keeps nothing where that fails', async t => {
  const { cache, local } = await startCache(t)
  const roundTrips = () => cache.stats().redis.roundTrips
  await local.faults.set({ kind: 'delay', ms: 10_000, command: 'SET', times: 1 })
  const first = cache.getOrSet('first', () => 'value')
  await eventually(() => local.faults.current().length === 0, 'it makes the epochs, and its fence')
  const before = roundTrips()
  const second = cache.getOrSet('second', () => 'value')
  await eventually(() => roundTrips() === before + 2, 'it has read, and has a fence')
  t.equal(cache.stats().loads, 0, 'it waits for the epochs')
  // Its sockets are destroyed.
  await local.faults.set({ kind: 'refuse' })
  t.same(await Promise.all([first, second]), ['value', 'value'])
  t.match(cache.stats(), { stored: 0, notStored: 2 })
})

test('a call that comes while a load runs waits for it', async t => {
  const { cache } = await startCache(t)
  const [started, held] = [new Deferred<void>(), new Deferred<string>()]
  const first = cache.getOrSet('key', () => { started.resolve(); return held.promise })
  await started.promise
  const second = cache.getOrSet('key', () => 'its own')
  held.resolve('shared')
  t.same(await Promise.all([first, second]), ['shared', 'shared'])
})

test('large values go by themselves', async t => {
  const { cache, local } = await startCache(t, { cache: { staleness: 0, compressOver: 1_000_000 } })
  await cache.set('warm', 'value')
  local.resetStats()
  t.same(await cache.setMany(keys(3).map(key => ({ key, value: 'x'.repeat(900_000) }))), [true, true, true])
  t.match(local.stats(), { billedCommands: 7, roundTrips: 4 })
})

test('what makes or keeps something is sent once, a removal again where its reply was lost', async t => {
  const { cache, local } = await startCache(t)
  await local.faults.set({ kind: 'drop-reply', command: 'SET', times: 1 })
  t.equal(await cache.set('key', 'value'), false)
  t.equal(local.stats().byCommand['set'], 1)
  await local.faults.set({ kind: 'drop-reply', command: 'UNLINK', times: 1 })
  t.equal(await cache.delete('key'), true)
  t.equal(local.stats().byCommand['unlink'], 2)
})

test('a delete frees the memory of what it removes', async t => {
  const { cache, client } = await startCache(t)
  await cache.set('key', 'value')
  t.equal(await client.send(['EXISTS', 'cache:v::key', 'cache:f::key']), 2)
  await cache.delete('key')
  t.equal(await client.send(['EXISTS', 'cache:v::key', 'cache:f::key']), 0)
})

test('a long key, and a long tag, go by their hash', async t => {
  const { cache, client } = await startCache(t)
  const long: CacheKey[] = ['x'.repeat(300), ['x'.repeat(300)]]
  for (const key of long) await cache.set(key, 'value', { tags: ['y'.repeat(300)] })
  const [, names] = await client.send<[string, string[]]>(['SCAN', '0', 'COUNT', '100'])
  t.same(names.map(name => name.replace(/#[\w-]{43}$/, '#…')).sort(), ['cache:e', 'cache:e:', 'cache:f::#…', 'cache:f::#…', 'cache:t:#…', 'cache:v::#…', 'cache:v::#…'])
  t.same(await cache.getMany(long), ['value', 'value'])
})

test('who reads waits for the time limit at most, also where a reply has to be asked for in parts', async t => {
  const { cache, local } = await startCache(t, { cache: UNCOMPRESSED, client: { maxReplyBytes: 20_000, timeLimit: 400 } })
  await cache.setMany(keys(64).map(key => ({ key, value: 'x'.repeat(14_000) })))
  await local.faults.set({ kind: 'delay', ms: 250, command: 'MGET' })
  let late = false
  // In one process timers go off in order, also on a busy machine: this one after those of the second try.
  const timer = setTimeout(() => { late = true }, 900)
  t.same(await cache.getMany(keys(64)), Array(64).fill(undefined))
  t.equal(late, false)
  clearTimeout(timer)
})

test('who loads waits for the time limit at most, though two requests are slow', async t => {
  const { cache, local } = await startCache(t, { client: { timeLimit: 400 } })
  await local.faults.set({ kind: 'delay', ms: 300 })
  let late = false
  const timer = setTimeout(() => { late = true }, 590)
  t.equal(await cache.getOrSet('key', () => 'value'), 'value')
  t.equal(late, false)
  clearTimeout(timer)
  t.equal(await cache.set('key', 'value'), false)
  t.same(await cache.setMany([{ key: 'key', value: 'value' }, { key: 'other', value: 'value' }]), [false, false])
})

test('a reply over the size bound is asked for in parts, and a single value over it is a miss', async t => {
  const { cache } = await startCache(t, { cache: UNCOMPRESSED, client: { maxReplyBytes: 20_000 } })
  const large = 'x'.repeat(6_000)
  await Promise.all([...keys(5).map(key => cache.set(key, large)), cache.set('huge', 'x'.repeat(30_000))])
  t.same(await cache.getMany([...keys(5), 'huge']), [large, large, large, large, large, undefined])
  t.match(cache.stats().redis.errors, { reply_too_large: Number })
  t.equal(await cache.getOrSet('huge', () => 'small'), 'small')
  await eventually(async () => await cache.get('huge') === 'small', 'it is overwritten')
})
