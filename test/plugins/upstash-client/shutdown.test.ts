import { test } from 'tap'
import { codeOf, startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

test('shut-down lets a call in flight end, and refuses new ones', async t => {
  const local = await startLocal(t)
  const { app, client } = await startClient(t, local)
  await client.ping()
  await local.faults.set({ kind: 'delay', ms: 50, times: 1 })
  const call = client.send(['SET', 'last', 'word'])
  const closed = app.close()
  t.equal(await call, 'OK')
  await closed
  t.equal(await codeOf(client.send(['GET', 'last'])), 'FST_UPSTASH_CLOSED')
  t.equal(await client.ping(), false)
})

test('shut-down ends within a second with calls and subscriptions in every state, and leaves nothing behind', async t => {
  const local = await startLocal(t)
  const { app, client } = await startClient(t, local, { timeLimit: 60_000, backoffInitial: 60_000, backoffMax: 60_000 })
  const open = client.subscribe('chat', () => {})
  await open.opened
  await local.faults.set({ kind: 'stall' })
  const opening = client.subscribe('chat', () => {})
  const calls = Array.from({ length: 100 }, () => codeOf(client.send(['GET', 'key'])))
  await local.faults.set([{ kind: 'stall', command: 'get' }, { kind: 'reset' }])
  const named = t.rejects(client.send(['MGET', 'a', 'b']), { message: 'MGET (2 keys): the client is closed' })
  const waiting = client.subscribe('chat', () => {})
  while (waiting.state !== 'waiting') await new Promise(resolve => setImmediate(resolve))

  // Set before the close: were it slower, this would fire first, on a busy machine too.
  const late = new Promise<string>(resolve => setTimeout(resolve, 1000, 'late').unref())
  t.not(await Promise.race([app.close(), late]), 'late')
  await named
  t.same(new Set(await Promise.all(calls)), new Set(['FST_UPSTASH_CLOSED']))
  t.same([open.state, opening.state, waiting.state], ['closed', 'closed', 'closed'])
  await opening.opened

  const afterwards = client.subscribe('chat', () => {})
  await afterwards.opened
  t.equal(afterwards.state, 'closed')
  const idle = new Promise<string>(resolve => setTimeout(resolve, 1000, 'still open').unref()) // Less than keep-alive.
  const gone = async () => { while (local.stats().sockets.open > 0) await new Promise(resolve => setImmediate(resolve)) }
  t.not(await Promise.race([gone(), idle]), 'still open')
})

test('shut-down does not wait for a probe', async t => {
  const local = await startLocal(t)
  const { app, client } = await startClient(t, local, { breakerThreshold: 1, timeLimit: 20_000 })
  await local.faults.set([{ kind: 'status', status: 500, command: 'get' }, { kind: 'stall', command: 'ping' }])
  await codeOf(client.send(['GET', 'key']))
  await codeOf(client.send(['GET', 'key']))
  while (local.stats().roundTrips < 2) await new Promise(resolve => setImmediate(resolve))
  t.equal(client.stats().breaker, 'probing')
  const late = new Promise<string>(resolve => setTimeout(resolve, 400, 'late').unref()) // Less than the grace of calls.
  t.not(await Promise.race([app.close(), late]), 'late')
})

test('shut-down ends the breaker’s probing', async t => {
  const local = await startLocal(t)
  const { app, client } = await startClient(t, local, { breakerThreshold: 1, backoffInitial: 1, backoffMax: 1 })
  await local.faults.set({ kind: 'status', status: 500 })
  await codeOf(client.send(['PING']))
  await codeOf(client.send(['PING']))
  await app.close()
  const { roundTrips } = client.stats()
  await new Promise(resolve => setTimeout(resolve, 30)) // Longer than the back-off, and timers fire in order.
  t.equal(client.stats().roundTrips, roundTrips)
})
