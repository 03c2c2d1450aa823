import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import type { CacheKey } from '../../../plugins/cache/index.ts'
import { startCache } from '../../cache.ts'

const keys = (count: number) => Array.from({ length: count }, (_, index) => ['row', index] as const)

test('what each operation costs in billed commands and round trips', async t => {
  const { cache, local } = await startCache(t)
  const price = async (work: () => Promise<unknown>) => {
    const before = cache.stats().redis
    local.resetStats()
    await work()
    await local.settled()
    const { billedCommands, roundTrips: requests } = local.stats()
    const { commands, roundTrips } = cache.stats().redis
    t.same([commands - before.commands, roundTrips - before.roundTrips], [billedCommands, requests], 'the cache counts what the endpoint meters')
    return `${billedCommands} / ${requests}`
  }
  const loadAndStore = (key: string) => async () => {
    const { stored } = cache.stats()
    await Promise.all(Array.from({ length: 100 }, () => cache.getOrSet(key, () => 'value')))
    await eventually(async () => cache.stats().stored > stored, 'it is kept')
  }
  const failing = () => cache.getOrSet('failing', () => { throw new Error('no') })
  t.equal(await price(loadAndStore('a')), '2 / 2', '100 calls at once of a missing key')
  t.equal(await price(() => cache.getOrSet('a', () => 'value')), '1 / 1', 'a hit')
  t.equal(await price(() => Promise.allSettled(Array.from({ length: 100 }, failing))), '1 / 1', '100 calls at once with a loader that throws')
  t.equal(await price(() => cache.set('b', 'value')), '1 / 1', 'set')
  t.equal(await price(() => Promise.all(keys(100).map(key => cache.get(key)))), '1 / 1', '100 gets at once')
  t.equal(await price(() => Promise.all([...keys(50), ...keys(50)].map(key => cache.namespace('query').get(key)).concat(cache.get('a')))), '1 / 1', 'across namespaces')
  t.equal(await price(() => cache.getMany(keys(100))), '1 / 1', 'getMany of 100')
  t.equal(await price(() => cache.getMany(keys(2_500))), '3 / 3', 'getMany of 2,500')
  t.equal(await price(() => cache.getMany([])), '0 / 0', 'getMany of none')
  t.equal(await price(() => cache.delete(...keys(100))), '1 / 1', 'delete of 100')
  t.equal(await price(() => cache.delete()), '0 / 0', 'delete of none')
  t.equal(await price(() => cache.has('a')), '1 / 1', 'has')
})

test('a burst of loads is kept in few requests, each value by its own command', async t => {
  const { cache, local, client } = await startCache(t, { client: { connections: 4 } })
  await local.faults.set({ kind: 'delay', ms: 50, command: 'SET' })
  local.resetStats()
  await Promise.all(keys(1_000).map(key => cache.getOrSet(key, () => 'value')))
  await eventually(async () => cache.stats().stored === 1_000, 'all are kept')
  t.equal(client.stats().breaker, 'closed')
  t.match(local.stats(), { billedCommands: 1_001, roundTrips: 11 })
  await Promise.all(keys(3).map(key => cache.set(key, 'x'.repeat(900_000))))
  t.match(local.stats(), { billedCommands: 1_004, roundTrips: 14 }, 'large ones go by themselves')
})

test('a write is sent once, a removal again where its reply was lost', async t => {
  const { cache, local } = await startCache(t)
  await local.faults.set([{ kind: 'drop-reply', command: 'SET', times: 1 }, { kind: 'drop-reply', command: 'UNLINK', times: 1 }])
  t.equal(await cache.set('key', 'value'), false)
  t.equal(local.stats().byCommand['set'], 1)
  t.equal(await cache.delete('key'), true)
  t.equal(local.stats().byCommand['unlink'], 2)
})

test('a long key is kept under its hash', async t => {
  const { cache, client } = await startCache(t)
  const long: CacheKey[] = ['x'.repeat(300), ['x'.repeat(300)]]
  for (const key of long) await cache.set(key, 'value')
  const [, names] = await client.send<[string, string[]]>(['SCAN', '0', 'COUNT', '100'])
  t.equal(names.length, 2)
  for (const name of names) t.match(name, /^cache:v::#[\w-]{43}$/)
  t.same(await cache.getMany(long), ['value', 'value'])
})

test('who reads waits for the time limit at most, also where a reply has to be asked for in parts', async t => {
  const { cache, local } = await startCache(t, { client: { maxReplyBytes: 20_000, timeLimit: 400 } })
  await Promise.all(keys(64).map(key => cache.set(key, 'x'.repeat(14_000))))
  await local.faults.set({ kind: 'delay', ms: 250, command: 'MGET' })
  let late = false
  // In one process timers go off in order, also on a busy machine: this one after those of the second try.
  const timer = setTimeout(() => { late = true }, 900)
  t.same(await cache.getMany(keys(64)), Array(64).fill(undefined))
  t.equal(late, false)
  clearTimeout(timer)
})

test('a reply over the size bound is asked for in parts, and a single value over it is a miss', async t => {
  const { cache } = await startCache(t, { client: { maxReplyBytes: 20_000 } })
  const large = 'x'.repeat(6_000)
  await Promise.all([...keys(5).map(key => cache.set(key, large)), cache.set('huge', 'x'.repeat(30_000))])
  t.same(await cache.getMany([...keys(5), 'huge']), [large, large, large, large, large, undefined])
  t.match(cache.stats().redis.errors, { reply_too_large: Number })
  t.equal(await cache.getOrSet('huge', () => 'small'), 'small')
  await eventually(async () => await cache.get('huge') === 'small', 'it is overwritten')
})
