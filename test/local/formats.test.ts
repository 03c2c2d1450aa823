import { test } from 'tap'
import { startLocal } from '../local.ts'
import { ask } from './wire.ts'

const base64 = { 'upstash-encoding': 'base64' }
const resp2 = { 'upstash-response-format': 'resp2' }

test('base64: every string but a plain OK', async t => {
  const local = await startLocal(t)
  const run = async (...body: unknown[]) => (await ask(local, '/', { body, headers: base64 })).json
  t.same(await run('SET', 'foo', 'OK'), { result: 'OK' })
  t.same(await run('GET', 'foo'), { result: 'T0s=' }, 'a stored OK is a string like any other')
  t.same(await run('PING'), { result: 'UE9ORw==' })
  t.same(await run('STRLEN', 'foo'), { result: 2 })
  t.same(await run('GET', 'none'), { result: null })
  t.same(await run('MGET', 'foo', 'none'), { result: ['T0s=', null] })
  t.same(await run('EVAL', "return {1, {'x', {'é'}}, redis.status_reply('OK'), redis.error_reply('ERR x')}", 0),
    { result: [1, ['eA==', ['w6k=']], 'T0s=', 'RVJSIHg='] })
  t.match(await run('HGET', 'foo', 'f'), { error: /^WRONGTYPE/ }, 'errors are plain')
})

test('base64 in pipelines and transactions', async t => {
  const local = await startLocal(t)
  const body = [['SET', 'foo', 'bär'], ['GET', 'foo'], ['HGET', 'foo', 'x']]
  for (const path of ['/pipeline', '/multi-exec']) {
    t.match((await ask(local, path, { body, headers: base64 })).json, [{ result: 'OK' }, { result: 'YsOkcg==' }, { error: /^WRONGTYPE/ }], path)
  }
})

test('without base64, what is no UTF-8 becomes U+FFFD', async t => {
  const local = await startLocal(t)
  await ask(local, '/set/bin', { body: Buffer.from([0x61, 0xff, 0x62]) })
  t.same((await ask(local, '/get/bin')).json, { result: 'a\ufffdb' })
})

test('resp2: what a TCP client would receive', async t => {
  const local = await startLocal(t)
  const run = (...body: unknown[]) => ask(local, '/', { body, headers: resp2 })
  const set = await run('SET', 'foo', 'bar')
  t.match(set, { status: 200, text: '+OK\r\n' })
  t.equal(set.headers.get('content-type'), 'application/octet-stream')
  t.equal((await run('GET', 'foo')).text, '$3\r\nbar\r\n')
  t.equal((await run('GET', 'none')).text, '$-1\r\n')
  t.equal((await run('STRLEN', 'foo')).text, ':3\r\n')
  t.equal((await run('MGET', 'foo', 'none')).text, '*2\r\n$3\r\nbar\r\n$-1\r\n')
  t.equal((await run('LMPOP', 1, 'none', 'LEFT')).text, '*-1\r\n')
  t.match(await run('HGET', 'foo', 'f'), { status: 400, text: /^-WRONGTYPE .*\r\n$/ })
  t.equal((await ask(local, '/pipeline', { body: [['GET', 'foo'], ['DEL', 'foo']], headers: resp2 })).text, '$3\r\nbar\r\n:1\r\n')
})

test('resp2 does not apply to transactions', async t => {
  const local = await startLocal(t)
  t.same((await ask(local, '/multi-exec', { body: [['SET', 'foo', 'bar']], headers: resp2 })).json, [{ result: 'OK' }])
})

test('formats that are not offered are refused', async t => {
  const local = await startLocal(t)
  for (const headers of [{ ...base64, ...resp2 }, { 'upstash-response-format': 'resp3' }]) {
    t.match(await ask(local, '/', { body: ['PING'], headers }), { status: 400, json: { error: /^ERR / } })
  }
  t.match(await ask(local, '/', { body: ['PING'], headers: { 'upstash-response-format': 'json' } }), { status: 200 })
})
