import { test } from 'tap'
import { codeOf, startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

test('a write whose reply was lost is not sent again', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  await local.faults.set({ kind: 'drop-reply', times: 1 })
  t.equal(await codeOf(client.send(['INCR', 'count'])), 'FST_UPSTASH_NETWORK')
  t.equal(await client.send(['GET', 'count']), '1', 'it was applied once')
  t.same(local.stats().byCommand, { incr: 1, get: 1 })
})

test('a read whose reply was lost is sent again, once', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  await client.send(['SET', 'key', 'value'])
  await local.faults.set({ kind: 'drop-reply', times: 1 })
  t.equal(await client.send(['GET', 'key']), 'value')
  await local.faults.set({ kind: 'drop-reply', times: 2 })
  t.equal(await codeOf(client.send(['GET', 'key'])), 'FST_UPSTASH_NETWORK')
  t.match(local.stats().byCommand, { get: 4 })
  t.equal(client.stats().roundTrips, 5)
})

test('a batch is sent again only where all of it reads, or where the caller says that it may be', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  const lose = async () => await local.faults.set({ kind: 'drop-reply', times: 1 })
  await lose()
  t.match(await client.batch([['GET', 'a'], ['MGET', 'b', 'c']]), [{ ok: true }, { ok: true }])
  await lose()
  t.equal(await codeOf(client.batch([['GET', 'a'], ['SET', 'b', 1]])), 'FST_UPSTASH_NETWORK')
  await lose()
  t.match(await client.batch([['GET', 'a'], ['SET', 'b', 1]], { idempotent: true }), [{ ok: true }, { ok: true }])
  await lose()
  t.equal(await client.send(['UNLINK', 'b'], { idempotent: true }), 0, 'it was removed by the first')
})

test('a read is not sent again after an answer, whatever it was, nor after the time limit', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { timeLimit: 100, breakerThreshold: 100 })
  await client.ping()
  for (const fault of [{ kind: 'status', status: 500 }, { kind: 'html' }, { kind: 'wrong-shape' }, { kind: 'stall' }] as const) {
    await local.faults.set(fault)
    const before = client.stats().roundTrips
    t.ok(await codeOf(client.send(['GET', 'key'])), fault.kind)
    t.equal(client.stats().roundTrips, before + 1, fault.kind)
  }
})
