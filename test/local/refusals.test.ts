import { connect } from 'node:net'
import { once } from 'node:events'
import { test } from 'tap'
import { startLocal } from '../local.ts'
import { ask } from './wire.ts'

test('without the right token: 401', async t => {
  const local = await startLocal(t)
  const refused = { status: 401, json: { error: 'WRONGPASS invalid or missing auth token' } }
  t.match(await ask(local, '/', { body: ['PING'], token: null }), refused)
  t.match(await ask(local, '/', { body: ['PING'], token: 'wrong' }), refused)
  t.match(await ask(local, '/pipeline', { body: [['PING']], token: 'wrong' }), refused)
  t.match(await ask(local, '/multi-exec', { body: [['PING']], token: 'wrong' }), refused)
  t.match(await ask(local, '/subscribe/chat', { token: 'wrong' }), refused)
  t.match(await ask(local, '/ping?_token=wrong', { token: null }), refused)
  t.match(await ask(local, '/', { body: 'no JSON', token: 'wrong' }), refused, 'before the body is looked at')
  t.equal(local.stats().commands, 0)
})

test('the token of the header counts, whatever the parameter says; bearer in any case', async t => {
  const local = await startLocal(t)
  t.match(await ask(local, `/ping?_token=${local.token}`, { token: 'wrong' }), { status: 401 })
  t.match(await ask(local, '/ping?_token=wrong'), { status: 200 })
  t.match(await ask(local, '/ping', { token: null, headers: { authorization: `bearer ${local.token}` } }), { status: 200 })
})

test('the token may come as a parameter, which is no argument', async t => {
  const local = await startLocal(t)
  t.match(await ask(local, `/set/foo/bar?_token=${local.token}`, { token: null }), { status: 200, json: { result: 'OK' } })
  t.match(await ask(local, `/pipeline?_token=${local.token}`, { body: [['GET', 'foo']], token: null }), { status: 200, json: [{ result: 'bar' }] })
})

test("Redis's errors: 400", async t => {
  const local = await startLocal(t)
  await ask(local, '/set/foo/bar')
  t.match(await ask(local, '/get'), { status: 400, json: { error: "ERR wrong number of arguments for 'get' command" } })
  t.match(await ask(local, '/hget/foo/field'), { status: 400, json: { error: 'WRONGTYPE Operation against a key holding the wrong kind of value' } })
  t.match(await ask(local, '/nosuch/x'), { status: 400, json: { error: /^ERR unknown command 'nosuch'/i } })
})

test('methods that are not offered: 405', async t => {
  const local = await startLocal(t)
  for (const method of ['DELETE', 'PATCH', 'OPTIONS']) {
    t.match(await ask(local, '/get/foo', { method }), { status: 405, json: { error: /^ERR / } }, method)
  }
})

test('bodies that are no commands: 400', async t => {
  const local = await startLocal(t)
  const wrong: Array<[path: string, body: string]> = [
    ['/', ''], ['/', 'no JSON'], ['/', '{"a":1}'], ['/', '[]'], ['/', '"PING"'], ['/', '[["PING"]]'], ['/', '["SET","a",{"b":1}]'], ['/', '["SET","a",null]'],
    ['/pipeline', ''], ['/pipeline', '[]'], ['/pipeline', '["PING"]'], ['/pipeline', '[[]]'], ['/pipeline', '{}'],
    ['/multi-exec', ''], ['/multi-exec', '[]'], ['/multi-exec', '["PING"]']
  ]
  for (const [path, body] of wrong) {
    t.match(await ask(local, path, { body }), { status: 400, json: { error: /^ERR / } }, `${path} ${body}`)
  }
  t.match(await ask(local, '/'), { status: 400 }, 'the root without a body')
  t.match(await ask(local, '/get/%zz'), { status: 400, json: { error: /^ERR / } })
  t.equal(local.stats().commands, 0)
})

const NOT_OFFERED = {
  blocking: ['BLPOP', 'BRPOP', 'BRPOPLPUSH', 'BLMOVE', 'BLMPOP', 'BZPOPMIN', 'bzpopmax', 'BZMPOP', 'WAIT', 'WAITAOF'],
  'about a connection': ['MULTI', 'EXEC', 'WATCH', 'UNWATCH', 'DISCARD', 'AUTH', 'HELLO', 'SELECT', 'QUIT', 'RESET', 'CLIENT', 'READONLY', 'READWRITE', 'ASKING'],
  streaming: ['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE', 'SPUBLISH', 'MONITOR'],
  'about replicas and clusters': ['REPLCONF', 'replconf', 'REPLICAOF', 'SLAVEOF', 'SYNC', 'PSYNC', 'FAILOVER', 'ROLE', 'CLUSTER', 'MIGRATE', 'RESTORE-ASKING', 'SWAPDB'],
  administration: ['ACL', 'CONFIG', 'MODULE', 'DEBUG', 'LATENCY', 'SLOWLOG', 'PFDEBUG', 'PFSELFTEST', 'SAVE', 'BGSAVE', 'BGREWRITEAOF', 'LASTSAVE', 'SHUTDOWN']
}

for (const [kind, names] of Object.entries(NOT_OFFERED)) {
  test(`commands that REST does not offer, ${kind}: 400`, async t => {
    const local = await startLocal(t)
    for (const name of names) {
      const refused = { error: new RegExp(`^ERR Command is not available: '${name.toUpperCase()}'`) }
      t.match(await ask(local, '/', { body: [name, 'ACK', '0'] }), { status: 400, json: refused }, name)
      t.match(await ask(local, '/multi-exec', { body: [['PING'], [name, 'ACK', '0']] }), { status: 400, json: refused }, `${name} in a transaction`)
    }
    t.equal(local.stats().commands, 0, 'Redis saw none of them')
    t.same((await ask(local, '/echo/mine')).json, { result: 'mine' })
  })
}

test('reading a stream is refused where it would block, whatever its names are', async t => {
  const local = await startLocal(t)
  const blocking = [
    ['XREAD', 'BLOCK', 0, 'STREAMS', 's', '$'], ['XREAD', 'COUNT', 1, 'block', 0, 'STREAMS', 's', '$'], ['XREAD', 'BLOCK', 0],
    ['XREADGROUP', 'GROUP', 'g', 'c', 'block', 0, 'STREAMS', 's', '>'], ['XREADGROUP', 'GROUP', 'streams', 'c', 'BLOCK', 0, 'STREAMS', 's', '>'],
    ['XREADGROUP', 'GROUP', 'g', 'streams', 'NOACK', 'BLOCK', 0, 'STREAMS', 's', '>'], ['XREADGROUP', 'COUNT', 1, 'GROUP', 'streams', 'c', 'BLOCK', 0, 'STREAMS', 's', '>']
  ]
  for (const body of blocking) t.match((await ask(local, '/', { body })).json, { error: /^ERR Command is not available: 'XREAD/ }, body.join(' '))

  await ask(local, '/', { body: ['XGROUP', 'CREATE', 's', 'block', '$', 'MKSTREAM'] })
  t.same((await ask(local, '/', { body: ['XREADGROUP', 'GROUP', 'block', 'c', 'STREAMS', 's', '>'] })).json, { result: null })
  t.same((await ask(local, '/', { body: ['XREADGROUP', 'GROUP', 'block', 'block', 'COUNT', 1, 'STREAMS', 's', '>'] })).json, { result: null })
  t.same((await ask(local, '/', { body: ['XREAD', 'STREAMS', 'block', 'x', '0', '0'] })).json, { result: null }, 'a key may be called block')
  t.match((await ask(local, '/', { body: ['XREAD', 'COUNT', 1] })).json, { error: /^ERR/ }, "what is no command is Redis's to refuse")
})

test('a debugging session, which would take the connection from all others, is refused', async t => {
  const local = await startLocal(t)
  t.match((await ask(local, '/', { body: ['SCRIPT', 'debug', 'YES'] })).json, { error: /^ERR Command is not available/ })
  t.match((await ask(local, '/', { body: ['SCRIPT'] })).json, { error: /^ERR wrong number/ })
})

test('a body over 10 MB: 413', async t => {
  const local = await startLocal(t)
  const fits = 'x'.repeat(10 * 1024 * 1024 - 100)
  t.match(await ask(local, '/set/big', { body: fits }), { status: 200 })
  t.equal((await ask(local, '/get/big')).json.result, fits)
  t.match(await ask(local, '/set/big', { body: fits + 'x'.repeat(101) }), { status: 413, json: { error: /^ERR max request size exceeded/ } })
})

test('what is no HTTP request at all does no harm', async t => {
  const local = await startLocal(t)
  const socket = connect(Number(new URL(local.url).port), '127.0.0.1')
  socket.end('nonsense\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
  t.match(await ask(local, '/ping'), { status: 200 })
})
