import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { startLocal } from '../local.ts'
import { openEvents } from './events.ts'
import { ask, command, failureOf } from './wire.ts'

test('end-streams: open streams end without a word, new ones after their first line', async t => {
  const local = await startLocal(t)
  const events = await openEvents(local, '/subscribe/chat')
  t.equal(await events.next(), 'subscribe,chat,1')
  await local.faults.set({ kind: 'end-streams' })
  t.equal(await events.next(), undefined)
  t.equal(await command(local, 'PING'), 'PONG', 'the rest is served')
  const again = await openEvents(local, '/subscribe/chat')
  t.equal(await again.next(), 'subscribe,chat,1')
  t.equal(await again.next(), undefined)
  await local.faults.set(null)
  const last = await openEvents(local, '/subscribe/chat')
  await last.next()
  await command(local, 'PUBLISH', 'chat', 'still there')
  t.equal(await last.next(), 'message,chat,still there')
  last.close()
})

test('end-streams: messages under way meanwhile do no harm', async t => {
  const local = await startLocal(t)
  const streams = await Promise.all(Array.from({ length: 10 }, () => openEvents(local, '/subscribe/chat')))
  await Promise.all(streams.map(events => events.next()))
  const publishing = Promise.all(Array.from({ length: 40 }, () => command(local, 'PUBLISH', 'chat', 'hi')))
  while (local.stats().byCommand['publish'] === undefined) await new Promise(resolve => setImmediate(resolve))
  await local.faults.set({ kind: 'end-streams' })
  await publishing
  for (const events of streams) {
    let line = await events.next()
    while (line === 'message,chat,hi') line = await events.next()
    t.equal(line, undefined)
  }
})

test('end-streams, once, for one sort of stream', async t => {
  const local = await startLocal(t)
  const channel = await openEvents(local, '/subscribe/chat')
  const pattern = await openEvents(local, '/psubscribe/ch*')
  await Promise.all([channel.next(), pattern.next()])
  await local.faults.set({ kind: 'end-streams', command: 'psubscribe', times: 1 })
  t.equal(await pattern.next(), undefined)
  t.same(local.faults.current(), [])
  await command(local, 'PUBLISH', 'chat', 'hi')
  t.equal(await channel.next(), 'message,chat,hi')
  channel.close()
})

test('streams meet the other faults when they are opened', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'reset' })
  t.equal(await failureOf(openEvents(local, '/subscribe/chat')), 'ECONNRESET')
  await local.faults.set({ kind: 'status', status: 503 })
  t.equal((await openEvents(local, '/subscribe/chat')).status, 503)
  await local.faults.set({ kind: 'stall' })
  const stalled = await openEvents(local, '/subscribe/chat')
  t.equal(await Promise.race([stalled.next(), sleep(50, 'silence')]), 'silence')
  stalled.close()
})

test('faults of a reply leave streams alone and wait for a request that they fit', async t => {
  const local = await startLocal(t)
  await local.faults.set([{ kind: 'truncate', times: 1 }, { kind: 'delay', ms: 1 }])
  const events = await openEvents(local, '/subscribe/chat')
  t.equal(await events.next(), 'subscribe,chat,1')
  events.close()
  t.equal((await ask(local, '/ping')).json, undefined)
})
