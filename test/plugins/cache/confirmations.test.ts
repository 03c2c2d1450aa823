import { setImmediate, setTimeout } from 'node:timers/promises'
import { test } from 'tap'
import { startCacheOn } from '../../cache.ts'
import { startPair } from './pair.ts'

test('a value is confirmed from when Redis was asked, not from when it answered', async t => {
  const { local, clock, mine, other, commands } = await startPair(t, { staleness: 2 })
  await other.set('key', 'value')
  await local.faults.set({ kind: 'delay', ms: 50, command: 'MGET' })
  const read = mine.get('key')
  await setImmediate()
  clock.advance(1_500)
  t.equal(await read, 'value')
  await local.faults.set(null)
  clock.advance(499)
  await mine.get('key')
  t.equal(commands(), 1)
  clock.advance(1)
  await mine.get('key')
  t.equal(commands(), 2)
})

test('a loaded value is confirmed from when its stamps were read, however long its loader took', async t => {
  const { clock, mine, other } = await startPair(t, { staleness: 2 })
  await mine.getOrSet('key', () => { clock.advance(2_000); return 'value' })
  await other.delete('key')
  t.equal(await mine.get('key'), undefined)
})

test('what was asked before an invalidation of this process is not kept in memory', async t => {
  const { local, mine } = await startPair(t)
  const { mine: filler } = { mine: await startCacheOn(t, local) }
  await filler.set('key', 'older')
  await local.faults.set({ kind: 'delay', ms: 50, command: 'MGET', times: 1 })
  const read = mine.get('key')
  await mine.delete('key')
  await read
  t.equal(await mine.get('key'), undefined)
})

test('a confirmation that was asked before an invalidation of this process confirms nothing', async t => {
  const { local, clock, mine } = await startPair(t, { staleness: 1 })
  await mine.set('key', 'older', { tags: ['tag'] })
  clock.advance(1_000)
  await local.faults.set({ kind: 'delay', ms: 50, command: 'MGET', times: 1 })
  const read = mine.get('key')
  await mine.invalidateTags('tag')
  await read
  t.equal(await mine.get('key'), undefined)
})

test('one command confirms all that was used since the last time, and nothing else', async t => {
  const { local, clock, mine, other, commands } = await startPair(t, { staleness: 5 })
  const [api, rights] = [mine.namespace('api'), mine.namespace('permission')]
  for (const key of ['a', 'b', 'idle']) await api.set(key, key)
  await rights.set('right', true)
  clock.advance(5_000)
  await Promise.all([api.getMany(['a', 'b']), rights.get('right')])
  const before = commands()
  clock.advance(4_999)
  local.resetStats()
  t.same(await api.getMany(['a', 'b']), ['a', 'b'])
  t.equal(commands(), before, 'both were confirmed')
  t.equal(await api.get('idle'), 'idle')
  t.equal(commands(), before, 'so was what was written since the last time')
  clock.advance(1)
  await api.get('a')
  clock.advance(1)
  await other.namespace('api').delete('idle')
  t.equal(await api.get('b'), 'b')
  t.equal(commands(), before + 1)
  clock.advance(4_998)
  await api.get('a')
  t.equal(commands(), before + 1)
  clock.advance(1)
  await api.get('a')
  t.equal(commands(), before + 2)
  clock.advance(4_999)
  t.equal(await api.get('idle'), undefined, 'nobody had used it, so it was asked for now')
})

test('keys that are used more rarely than they have to be confirmed are confirmed together as well', async t => {
  const { clock, mine, commands } = await startPair(t, { staleness: 5 })
  const keys = Array.from({ length: 100 }, (_, n) => `key-${n}`)
  await mine.setMany(keys.map(key => ({ key, value: 'value', ttl: 1_000 })))
  const before = commands()
  for (let round = 0; round < 10; round++) {
    for (const key of keys) {
      t.equal(await mine.get(key), 'value')
      clock.advance(60)
    }
  }
  t.ok(commands() - before <= 12, `${commands() - before} commands in a minute`)
})

test('what was in use lately is confirmed as far as the command has room, and costs none of its own', async t => {
  const { clock, mine, commands } = await startPair(t, { staleness: 5 })
  const keys = Array.from({ length: 1_000 }, (_, n) => `key-${n}`)
  await mine.setMany(keys.map(key => ({ key, value: 'value', ttl: 1_000 })))
  const price = async (key: string) => {
    const before = commands()
    t.equal(await mine.get(key), 'value')
    return commands() - before
  }
  clock.advance(5_000)
  t.equal(await price('key-500'), 2, 'all of them, since all were used since the last time')
  clock.advance(5_000)
  t.equal(await price('key-500'), 1, 'with its fence and the epochs, fewer than all')
  t.equal(await price('key-999'), 0, 'of the others those that were used last')
  t.equal(await price('key-0'), 1, 'there was no room for this one')
})

test('what nobody uses any more is not confirmed for long', async t => {
  const { client, clock, mine } = await startPair(t, { staleness: 1 })
  await mine.setMany(Array.from({ length: 100 }, (_, n) => ({ key: `key-${n}`, value: 'value', ttl: 1_000 })))
  const sent = async () => {
    const before = client.stats().bytes.sent
    clock.advance(1_000)
    t.equal(await mine.get('key-0'), 'value')
    return client.stats().bytes.sent - before
  }
  t.ok(await sent() > 1_000, 'all were used a second ago')
  for (let seconds = 0; seconds < 10; seconds++) await sent()
  t.ok(await sent() < 500, 'one is left')
})

test('an idle process asks nothing', async t => {
  const { local, clock, mine } = await startPair(t, { staleness: 1 })
  await mine.set('key', 'value')
  local.resetStats()
  clock.advance(100_000)
  await local.settled()
  t.equal(local.stats().roundTrips, 0)
})

test('values that may be served for longer are not confirmed along with those that may not', async t => {
  const { clock, mine, other } = await startPair(t)
  await mine.namespace('api').set('key', 'value')
  await mine.namespace('permission').set('key', 'value')
  clock.advance(1_000)
  await mine.namespace('permission').get('key')
  clock.advance(3_999)
  await other.namespace('api').delete('key')
  t.equal(await mine.namespace('api').get('key'), 'value')
  clock.advance(1)
  t.equal(await mine.namespace('api').get('key'), undefined)
})

test('calls that come while a confirmation is under way wait for it', async t => {
  const { local, clock, mine, commands } = await startPair(t, { staleness: 2 })
  await mine.set('key', 'value')
  clock.advance(2_000)
  await local.faults.set({ kind: 'delay', ms: 50, command: 'MGET' })
  const before = commands()
  const first = mine.get('key')
  await setTimeout(20)
  t.same(await Promise.all([first, mine.get('key'), mine.getOrSet('key', () => 'loaded')]), ['value', 'value', 'value'])
  t.equal(commands() - before, 1)
})
