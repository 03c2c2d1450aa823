import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import type { Fault } from '../../local/index.ts'
import { startLocal } from '../local.ts'
import { openEvents } from './events.ts'
import { ask, command, failureOf } from './wire.ts'

const HOUR = 3_600_000

test('refuse: nobody listens, open sockets die, and the same port serves again afterwards', async t => {
  const local = await startLocal(t)
  const { url } = local
  const events = await openEvents(local, '/subscribe/chat')
  await events.next()
  await local.faults.set({ kind: 'refuse' })
  t.match(await events.next(), Error)
  t.equal(await failureOf(ask(local, '/ping')), 'ECONNREFUSED')
  t.equal(local.stats().sockets.open, 0)
  await local.faults.set(null)
  t.equal(local.url, url)
  t.match(await ask(local, '/ping'), { status: 200 })
})

test('refuse, set and lifted in haste, ends as it was asked last', async t => {
  const local = await startLocal(t)
  const fault: Fault = { kind: 'refuse' }
  await Promise.all([local.faults.set(fault), local.faults.set(null), local.faults.set(fault), local.faults.set(null), local.faults.set(null)])
  t.match(await ask(local, '/ping'), { status: 200 })
  await Promise.all([local.faults.set(null), local.faults.set(fault)])
  t.equal(await failureOf(ask(local, '/ping')), 'ECONNREFUSED')
})

test('reset: the connection is reset and nothing is executed', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'reset', times: 1 })
  t.equal(await failureOf(ask(local, '/set/a/1')), 'ECONNRESET')
  t.equal(await command(local, 'GET', 'a'), null)
})

test('delay: executed later, all the same', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'delay', ms: 60, jitter: 10 })
  const begun = performance.now()
  t.equal(await command(local, 'SET', 'a', 1), 'OK')
  t.ok(performance.now() - begun >= 59)
})

test('delay comes before the execution, and holds up nobody else', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'delay', ms: HOUR, command: 'set' })
  const held = failureOf(ask(local, '/set/a/1'))
  while (local.stats().roundTrips === 0) await new Promise(resolve => setImmediate(resolve))
  t.equal(await command(local, 'GET', 'a'), null)
  await local.close()
  t.equal(await held, 'UND_ERR_SOCKET')
})

test('delay: a command whose client lost patience is executed, and settled() waits for it', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'delay', ms: 30, command: 'set' })
  const headers = { authorization: `Bearer ${local.token}` }
  const leaving = new AbortController()
  const asked = fetch(`${local.url}/set/a/1`, { headers, signal: leaving.signal })
  while (local.stats().roundTrips === 0) await new Promise(resolve => setImmediate(resolve))
  leaving.abort()
  t.equal(await failureOf(asked), 'AbortError')
  await local.settled()
  t.equal(await command(local, 'GET', 'a'), '1')
})

test('drop-reply: applied, but the client is not told', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'drop-reply', command: 'incr' })
  t.equal(await failureOf(ask(local, '/incr/a')), 'UND_ERR_SOCKET')
  t.equal(await command(local, 'GET', 'a'), '1')
})

test('late: the connection dies first', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'late', ms: HOUR, command: 'incr' })
  t.equal(await failureOf(ask(local, '/incr/a')), 'UND_ERR_SOCKET')
  t.equal(await command(local, 'GET', 'a'), null)
})

test('late: the command is applied afterwards', async t => {
  const local = await startLocal(t)
  await local.faults.set([{ kind: 'late', ms: 30, command: 'incr', times: 1 }, { kind: 'late', command: 'incr' }])
  for (const value of ['1', '2']) {
    t.equal(await failureOf(ask(local, '/incr/a')), 'UND_ERR_SOCKET')
    await local.settled()
    t.equal(await command(local, 'GET', 'a'), value)
  }
})

test('duplicate: answered when it was applied once', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'duplicate', ms: HOUR, command: 'incr' })
  t.equal(await command(local, 'INCR', 'a'), 1)
  t.equal(await command(local, 'GET', 'a'), '1')
})

test('duplicate: applied a second time', async t => {
  const local = await startLocal(t)
  await local.faults.set([{ kind: 'duplicate', ms: 30, command: 'incr', times: 1 }, { kind: 'duplicate', command: 'incr' }])
  for (const value of [2, 4]) {
    t.equal(await command(local, 'INCR', 'a'), value - 1)
    await local.settled()
    t.equal(await command(local, 'GET', 'a'), String(value))
  }
})

test('status: answered by a proxy, not executed', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'status', status: 429, retryAfter: 7 })
  const refused = await ask(local, '/set/a/1')
  t.match(refused, { status: 429, json: { error: /^ERR / } })
  t.equal(refused.headers.get('retry-after'), '7')
  await local.faults.set({ kind: 'status', status: 401 })
  t.match(await ask(local, '/set/a/1'), { status: 401, json: { error: /^WRONGPASS/ } })
  for (const status of [500, 503]) {
    await local.faults.set({ kind: 'status', status })
    t.match(await ask(local, '/pipeline', { body: [['SET', 'a', 1]] }), { status, json: { error: /^ERR / } })
  }
  await local.faults.set(null)
  t.equal(await command(local, 'GET', 'a'), null)
})

test("html: a proxy's error page", async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'html' })
  const page = await ask(local, '/set/a/1')
  t.match(page, { status: 502, text: /^<html>/ })
  t.match(page.headers.get('content-type'), 'text/html')
})

test('truncate: applied, and the JSON ends in the middle', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'truncate' })
  const cut = await ask(local, '/set/a/1')
  t.match(cut, { status: 200, text: '{"resul' })
  t.equal(cut.json, undefined)
  await local.faults.set(null)
  t.equal(await command(local, 'GET', 'a'), '1')
})

test('wrong-shape: JSON that is no answer', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'wrong-shape' })
  const { status, json } = await ask(local, '/set/a/1')
  t.equal(status, 200)
  t.notOk('result' in json || 'error' in json)
})

test('stall: headers, and then nothing', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'stall' })
  const response = await fetch(`${local.url}/ping`, { headers: { authorization: `Bearer ${local.token}` } })
  t.equal(response.status, 200)
  const text = response.text().then(() => 'ended', () => 'broke')
  t.equal(await Promise.race([text, sleep(50, 'silence')]), 'silence')
  await local.close()
  t.equal(await text, 'broke')
})

test('quota: the error of a database over its limit', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'quota' })
  const error = /^ERR max daily request limit exceeded\. Limit: \d+, Usage: \d+\./
  t.match(await ask(local, '/set/a/1'), { status: 400, json: { error } })
  t.match(await ask(local, '/pipeline', { body: [['SET', 'a', 1], ['GET', 'a']] }), { status: 200, json: [{ error }, { error }] })
  t.match(await ask(local, '/multi-exec', { body: [['SET', 'a', 1], ['GET', 'a']] }), { status: 400, json: { error } })
  await local.faults.set({ kind: 'quota', period: 'month' })
  t.match(await ask(local, '/set/a/1'), { status: 400, json: { error: /^ERR max requests limit exceeded/ } })
  await local.faults.set(null)
  t.equal(await command(local, 'GET', 'a'), null)
})

test('what is still due when the endpoint closes is given up', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'late', ms: HOUR })
  t.equal(await failureOf(ask(local, '/incr/a')), 'UND_ERR_SOCKET')
  await local.close()
  await local.settled()
  t.equal(local.stats().commands, 0)
})
