import { test } from 'tap'
import { startLocal } from '../local.ts'
import { ask } from './wire.ts'

test('a command comes as a JSON array posted to the root', async t => {
  const local = await startLocal(t)
  const set = await ask(local, '/', { body: ['SET', 'foo', 'bar', 'EX', 100] })
  t.match(set, { status: 200, text: '{"result":"OK"}' })
  t.match(set.headers.get('content-type'), 'application/json')
  t.same((await ask(local, '/', { body: ['get', 'foo'] })).json, { result: 'bar' })
  t.same((await ask(local, '/', { body: ['ttl', 'foo'] })).json, { result: 100 })
  t.same((await ask(local, '/', { body: ['get', 'none'] })).json, { result: null })
  t.same((await ask(local, '/', { body: ['mget', 'foo', 'none', 'foo'] })).json, { result: ['bar', null, 'bar'] })
})

test('numbers and booleans among the arguments become their text', async t => {
  const local = await startLocal(t)
  await ask(local, '/', { body: ['MSET', 'n', 1.5, 'b', true] })
  t.same((await ask(local, '/', { body: ['MGET', 'n', 'b'] })).json, { result: ['1.5', 'true'] })
})

test('a 64-bit integer is not rounded', async t => {
  const local = await startLocal(t)
  await ask(local, '/', { body: ['SET', 'n', '9007199254740993'] })
  t.equal((await ask(local, '/', { body: ['INCRBY', 'n', '2'] })).text, '{"result":9007199254740995}')
})

test('a command comes as a path', async t => {
  const local = await startLocal(t)
  t.same((await ask(local, '/set/foo/bar')).json, { result: 'OK' })
  t.same((await ask(local, '/get/foo')).json, { result: 'bar' })
  t.same((await ask(local, '/get/foo', { method: 'PUT' })).json, { result: 'bar' })
  t.same((await ask(local, '/get/foo/')).json, { result: 'bar' }, 'a slash at the end is no argument')
  t.same((await ask(local, '/ping')).json, { result: 'PONG' })
})

test('escapes in a path are resolved, one argument each', async t => {
  const local = await startLocal(t)
  t.same((await ask(local, '/set/a%2Fb%20%C3%A9/..%2F%3F%23')).json, { result: 'OK' })
  t.same((await ask(local, '/', { body: ['get', 'a/b é'] })).json, { result: '../?#' })
})

test('a body is the last argument of a path command, and the query comes after it', async t => {
  const local = await startLocal(t)
  const value = Buffer.from([0, 255, 254, 13, 10, 128])
  t.same((await ask(local, '/set/bin?EX=100&NX', { body: value, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).json, { result: 'OK' })
  const { json } = await ask(local, '/get/bin', { headers: { 'upstash-encoding': 'base64' } })
  t.same(json, { result: value.toString('base64') })
  t.same((await ask(local, '/ttl/bin')).json, { result: 100 })
  t.same((await ask(local, '/set/bin?EX=100&NX', { body: 'other' })).json, { result: null }, 'NX was heard')
})

test('HEAD has the headers of GET and no body', async t => {
  const local = await startLocal(t)
  const { status, headers, text } = await ask(local, '/get/foo', { method: 'HEAD' })
  t.equal(status, 200)
  t.ok(headers.get('upstash-sync-token'))
  t.equal(text, '')
})

test('a pipeline answers each command in order, errors in their places', async t => {
  const local = await startLocal(t)
  const { status, json } = await ask(local, '/pipeline', {
    body: [['SET', 'key1', 'valuex'], ['SETEX', 'key2', 13, 'valuez'], ['INCR', 'key1'], ['ZADD', 'myset', 11, 'item1', 22, 'item2'], ['BLPOP', 'l', 0], ['NOSUCH']]
  })
  t.equal(status, 200)
  t.same(json.slice(0, 2), [{ result: 'OK' }, { result: 'OK' }])
  t.match(json[2].error, /^ERR value is not an integer or out of range/)
  t.same(json[3], { result: 2 })
  t.match(json[4].error, /^ERR Command is not available: 'BLPOP'/)
  t.match(json[5].error, /^ERR unknown command/)
})

test('a transaction answers each command, and goes on after one that fails when it runs', async t => {
  const local = await startLocal(t)
  const { status, json } = await ask(local, '/multi-exec', { body: [['SET', 'key1', 'valuex'], ['INCR', 'key1'], ['ZADD', 'myset', 11, 'item1']] })
  t.equal(status, 200)
  t.same(json[0], { result: 'OK' })
  t.match(json[1].error, /^ERR value is not an integer/)
  t.same(json[2], { result: 1 })
})

test('a transaction with a command that cannot be queued changes nothing', async t => {
  const local = await startLocal(t)
  for (const wrong of [['NOSUCH'], ['GET'], ['BLPOP', 'l', 0]]) {
    const { status, json } = await ask(local, '/multi-exec', { body: [['SET', 'a', '1'], wrong, ['SET', 'b', '2']] })
    t.equal(status, 400)
    t.match(json.error, /^ERR /)
    t.same(Object.keys(json), ['error'])
  }
  t.same((await ask(local, '/mget/a/b')).json, { result: [null, null] })
})

test('a transaction runs alone, however many come at once', async t => {
  const local = await startLocal(t)
  const transfers = Array.from({ length: 50 }, () => ask(local, '/multi-exec', { body: [['INCR', 'a'], ['INCR', 'b'], ['GET', 'a'], ['GET', 'b']] }))
  const strays = Array.from({ length: 50 }, () => ask(local, '/', { body: ['INCR', 'a'] }))
  const outcomes = (await Promise.all(transfers)).map(({ json }) => json)
  t.ok(outcomes.every(([a, , readA]) => String(a.result) === readA.result), 'nobody came between')
  await Promise.all(strays)
  t.same((await ask(local, '/mget/a/b')).json, { result: ['100', '50'] })
})

test('every reply has a sync token of its own', async t => {
  const local = await startLocal(t)
  const replies = [await ask(local, '/ping'), await ask(local, '/ping'), await ask(local, '/nosuch'), await ask(local, '/pipeline', { body: [['PING']] })]
  const tokens = replies.map(({ headers }) => headers.get('upstash-sync-token'))
  t.ok(tokens.every(Boolean))
  t.equal(new Set(tokens).size, tokens.length)
})
