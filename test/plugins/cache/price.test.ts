import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
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

test('a reply over the size bound is asked for in parts, and a single value over it is a miss', async t => {
  const { cache } = await startCache(t, { client: { maxReplyBytes: 20_000 } })
  const large = 'x'.repeat(6_000)
  await Promise.all([...keys(5).map(key => cache.set(key, large)), cache.set('huge', 'x'.repeat(30_000))])
  t.same(await cache.getMany([...keys(5), 'huge']), [large, large, large, large, large, undefined])
  t.match(cache.stats().redis.errors, { reply_too_large: Number })
  t.equal(await cache.getOrSet('huge', () => 'small'), 'small')
  await eventually(async () => await cache.get('huge') === 'small', 'it is overwritten')
})
