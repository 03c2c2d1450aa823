import { test } from 'tap'
import { startLocalUpstash, type Fault, type LocalUpstash } from '../../local/index.ts'
import { startLocal } from '../local.ts'
import { startFakeRedis } from './fake-redis.ts'
import { ask, command } from './wire.ts'

async function control (local: LocalUpstash, method: string, path: string, body?: unknown): Promise<{ status: number, json: any }> {
  const response = await fetch(local.controlUrl + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  })
  const text = await response.text()
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) }
}

test('figures are read and reset on the control port', async t => {
  const local = await startLocal(t)
  await command(local, 'EVAL', "return redis.call('GET', 'x')", 0)
  const { status, json } = await control(local, 'GET', '/stats')
  t.equal(status, 200)
  t.same(json, local.stats())
  t.match(json, { roundTrips: 1, commands: 1, billedCommands: 2, byCommand: { eval: 1, get: 1 }, sockets: { open: Number, peak: Number } })
  t.same(await control(local, 'POST', '/stats/reset'), { status: 204, json: undefined })
  t.match(local.stats(), { roundTrips: 0, byCommand: {} })
})

test('the database is emptied on the control port, at no charge', async t => {
  const local = await startLocal(t)
  await command(local, 'SET', 'a', 1)
  const digest = await command(local, 'SCRIPT', 'LOAD', 'return 1')
  local.resetStats()
  t.same(await control(local, 'POST', '/flush'), { status: 204, json: undefined })
  t.equal(local.stats().billedCommands, 0)
  t.equal(await command(local, 'GET', 'a'), null)
  t.match(await command(local, 'EVALSHA', digest, 0), { error: /^NOSCRIPT/ })
})

test('faults are set, read and lifted on the control port', async t => {
  const local = await startLocal(t)
  const fault: Fault = { kind: 'status', status: 503, times: 2 }
  t.same(await control(local, 'PUT', '/faults', fault), { status: 200, json: [fault] })
  t.equal((await ask(local, '/ping')).status, 503)
  t.same((await control(local, 'GET', '/faults')).json, [{ ...fault, times: 1 }])
  t.same((await control(local, 'PUT', '/faults', [{ kind: 'html' }, fault])).json, [{ kind: 'html' }, fault])
  t.same((await control(local, 'PUT', '/faults', null)).json, [])
  t.equal((await ask(local, '/ping')).status, 200)
})

test('what cannot be understood is a 400 with the reason', async t => {
  const local = await startLocal(t)
  t.match(await control(local, 'PUT', '/faults', { kind: 'delay' }), { status: 400, json: { error: /needs ms/ } })
  t.match(await control(local, 'PUT', '/faults'), { status: 400, json: { error: /an object with a kind/ } })
  const response = await fetch(`${local.controlUrl}/faults`, { method: 'PUT', body: '{', headers: { 'content-type': 'application/json' } })
  t.equal(response.status, 400)
  t.match(await control(local, 'GET', '/nothing'), { status: 404, json: { error: /the paths are/ } })
})

test('an empty body called JSON is no body', async t => {
  const local = await startLocal(t)
  const headers = { 'content-type': 'application/json' }
  t.equal((await fetch(`${local.controlUrl}/flush`, { method: 'POST', headers })).status, 204)
  t.match(await (await fetch(`${local.controlUrl}/faults`, { method: 'PUT', headers, body: '' })).json(), { error: /an object with a kind/ })
})

test('what fails for another reason is a 500', async t => {
  const redis = await startFakeRedis(t, () => '+OK\r\n')
  const local = await startLocalUpstash({ redisUrl: `redis://127.0.0.1:${redis.port}` })
  t.after(() => local.close())
  redis.stop()
  t.match(await control(local, 'POST', '/flush'), { status: 500, json: { error: /./ } })
})

test('the control port answers under every fault', async t => {
  const local = await startLocal(t)
  const faults: Fault[] = [
    { kind: 'refuse' }, { kind: 'reset' }, { kind: 'delay', ms: 60_000 }, { kind: 'drop-reply' }, { kind: 'late' }, { kind: 'duplicate' },
    { kind: 'status', status: 500 }, { kind: 'html' }, { kind: 'truncate' }, { kind: 'wrong-shape' }, { kind: 'stall' }, { kind: 'end-streams' }, { kind: 'quota' }
  ]
  for (const fault of faults) {
    t.equal((await control(local, 'PUT', '/faults', fault)).status, 200, fault.kind)
    t.match(await control(local, 'GET', '/stats'), { status: 200 }, fault.kind)
    t.match(await control(local, 'POST', '/flush'), { status: 204 }, fault.kind)
  }
})
