import { test } from 'tap'
import { FaultError, type Fault } from '../../local/index.ts'
import { startLocal } from '../local.ts'
import { ask, command } from './wire.ts'

test('a fault for a command strikes it wherever it is, in any case', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'status', status: 500, command: 'MGET' })
  t.equal((await ask(local, '/get/a')).status, 200)
  t.equal((await ask(local, '/mget/a/b')).status, 500)
  t.equal((await ask(local, '/', { body: ['Mget', 'a'] })).status, 500)
  t.equal((await ask(local, '/pipeline', { body: [['GET', 'a'], ['MGET', 'a']] })).status, 500)
  t.equal((await ask(local, '/multi-exec', { body: [['GET', 'a'], ['mget', 'a']] })).status, 500)
  t.equal((await ask(local, '/pipeline', { body: [['GET', 'mget']] })).status, 200)
})

test('a fault strikes so many times, and only matching requests count', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'status', status: 500, command: 'get', times: 2 })
  const statuses = []
  for (const path of ['/ping', '/get/a', '/ping', '/get/a', '/get/a']) statuses.push((await ask(local, path)).status)
  t.same(statuses, [200, 500, 200, 500, 200])
  t.same(local.faults.current(), [])
})

test('a fault strikes with its probability', async t => {
  const chances = [0.1, 0.3, 0.29, 0.9, 0]
  const local = await startLocal(t, { random: () => chances.shift() ?? 1 })
  await local.faults.set({ kind: 'status', status: 500, probability: 0.3 })
  const statuses = []
  for (let i = 0; i < 5; i++) statuses.push((await ask(local, '/ping')).status)
  t.same(statuses, [500, 200, 500, 200, 500])
})

test('of several faults the first that matches strikes; delays come on top', async t => {
  const local = await startLocal(t, { random: () => 0.5 })
  await local.faults.set([
    { kind: 'delay', ms: 20, jitter: 20 },
    { kind: 'status', status: 503, command: 'get', times: 1 },
    { kind: 'status', status: 429 },
    { kind: 'delay', ms: 20, command: 'get' }
  ])
  const begun = performance.now()
  t.equal((await ask(local, '/get/a')).status, 503)
  t.ok(performance.now() - begun >= 49)
  t.equal((await ask(local, '/get/a')).status, 429)
  t.equal((await ask(local, '/ping')).status, 429)
})

test('faults replace those before them, and changing what was given changes nothing', async t => {
  const local = await startLocal(t)
  const fault: Fault = { kind: 'status', status: 500, times: 3 }
  await local.faults.set([fault, { kind: 'html' }])
  await local.faults.set(fault)
  await ask(local, '/ping')
  t.same(fault.times, 3)
  local.faults.current().pop()
  t.same(local.faults.current(), [{ kind: 'status', status: 500, times: 2 }])
  await local.faults.set([])
  t.equal(await command(local, 'PING'), 'PONG')
})

test('a fault is not spent on requests that it cannot touch', async t => {
  const local = await startLocal(t)
  const untouched = [
    () => ask(local, '/ping', { token: 'wrong' }), () => ask(local, '/', { body: 'no JSON' }),
    () => ask(local, '/ping', { headers: { 'upstash-response-format': 'xml' } }), () => ask(local, '/subscribe/chat', { token: 'wrong' })
  ]
  for (const kind of ['late', 'duplicate', 'truncate', 'drop-reply', 'end-streams'] as const) {
    await local.faults.set({ kind, times: 1 })
    for (const request of untouched) await request()
    t.same(local.faults.current(), [{ kind, times: 1 }])
  }
  await local.faults.set({ kind: 'status', status: 503, times: 1 })
  t.equal((await ask(local, '/ping', { token: 'wrong' })).status, 503, 'but whatever comes instead of an answer strikes them')
})

test('a request that is no command can be struck too', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'html' })
  t.equal((await ask(local, '/', { body: 'no JSON' })).status, 502)
})

test('faults that cannot be are refused, with the reason', async t => {
  const local = await startLocal(t)
  const wrong: Array<[fault: unknown, reason: RegExp]> = [
    ['reset', /an object with a kind/], [undefined, /an object with a kind/], [{}, /an object with a kind/], [[null], /an object with a kind/],
    [{ kind: 'explode' }, /Unknown kind of fault "explode": give one of refuse, reset,/], [{ kind: 'toString' }, /Unknown kind/], [{ kind: 1 }, /Unknown kind/],
    [{ kind: 'delay' }, /A delay fault needs ms/], [{ kind: 'delay', ms: -1 }, /ms of a delay fault must be a number of milliseconds/], [{ kind: 'delay', ms: '5' }, /ms/], [{ kind: 'late', ms: 2 ** 31 }, /ms/],
    [{ kind: 'status' }, /needs status/], [{ kind: 'status', status: 99 }, /status of a status fault must be an HTTP status/], [{ kind: 'status', status: 500, retryAfter: -1 }, /retryAfter/],
    [{ kind: 'quota', period: 'year' }, /"day" or "month"/],
    [{ kind: 'reset', probability: 2 }, /from 0 to 1/], [{ kind: 'reset', probability: NaN }, /from 0 to 1/], [{ kind: 'reset', times: 0 }, /whole number/], [{ kind: 'reset', command: '' }, /name of a command/],
    [{ kind: 'reset', ms: 5 }, /A reset fault takes no ms/], [{ kind: 'reset', toString: 5 }, /A reset fault takes no toString/], [{ kind: 'refuse', times: 1 }, /A refuse fault takes no times/]
  ]
  await local.faults.set({ kind: 'html' })
  for (const [fault, reason] of wrong) {
    await t.rejects(local.faults.set(fault as Fault), { name: 'FaultError', code: 'FST_LOCAL_BAD_FAULT', message: reason }, JSON.stringify(fault) ?? 'undefined')
  }
  await t.rejects(local.faults.set([{ kind: 'reset' }, { kind: 'no' } as unknown as Fault]), FaultError)
  t.same(local.faults.current(), [{ kind: 'html' }], 'those in force stay')
})
