import { test, type Test } from 'tap'
import { openEmbedded } from '../../local/backend/embedded.ts'
import { startLocalUpstash, type LocalUpstash } from '../../local/index.ts'
import { Meter } from '../../local/meter.ts'
import { openEvents } from './events.ts'
import { startFakeRedis, type FakeRedis, type Script } from './fake-redis.ts'
import { openRedis } from '../../local/backend/redis.ts'
import { innerCalls } from '../../local/backend/command-stats.ts'
import { ask, command } from './wire.ts'

async function startOn (t: Test, script: Script): Promise<FakeRedis & { local: LocalUpstash }> {
  const redis = await startFakeRedis(t, command => command[0] === 'PING' ? '+PONG\r\n' : script(command))   // PING is the greeting
  const local = await startLocalUpstash({ redisUrl: `redis://127.0.0.1:${redis.port}` })
  t.after(() => local.close())
  return { ...redis, local }
}

const SUBSCRIBED = '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n'

test('a Redis that does not answer fails the start, without telling the password', async t => {
  const { port } = await startFakeRedis(t, () => '-WRONGPASS no\r\n')
  await t.rejects(startLocalUpstash({ redisUrl: 'redis://:secret@127.0.0.1:1' }), { name: 'BackendLostError', code: 'FST_LOCAL_BACKEND_LOST', message: 'No Redis answers at 127.0.0.1:1' })
  await t.rejects(startLocalUpstash({ redisUrl: 'redis://[::1]:1' }), { message: 'No Redis answers at [::1]:1' })
  await t.rejects(startLocalUpstash({ redisUrl: `redis://:secret@127.0.0.1:${port}` }), { message: `Redis at 127.0.0.1:${port} refused the connection: WRONGPASS no` })
})

test('user, password and database of the address are used on every connection', async t => {
  const { port, received } = await startFakeRedis(t, ([name]) => name === 'subscribe' ? SUBSCRIBED : '+OK\r\n')
  const local = await startLocalUpstash({ redisUrl: `redis://me:p%40ss@127.0.0.1:${port}/3` })
  t.after(() => local.close())
  const greeting = [['AUTH', 'me', 'p@ss'], ['SELECT', '3'], ['PING']]
  t.same(received, greeting)
  const events = await openEvents(local, '/subscribe/c')
  t.equal(await events.next(), 'subscribe,c,1')
  t.same(received.slice(3), [...greeting, ['subscribe', 'c']])
  events.close()
})

test('a password alone is enough', async t => {
  const { port, received } = await startFakeRedis(t, () => '+OK\r\n')
  const local = await startLocalUpstash({ redisUrl: `redis://:secret@127.0.0.1:${port}` })
  await local.close()
  t.same(received, [['AUTH', 'secret'], ['PING']])
})

test('a lost Redis is a 500, and is looked for again by the next command', async t => {
  let hangUps = 1
  const { local } = await startOn(t, () => hangUps-- > 0 ? null : '+PONG\r\n')
  t.match(await ask(local, '/ping'), { status: 500, json: { error: /^ERR The connection to Redis was lost/ } })
  t.match(await ask(local, '/ping'), { status: 200, json: { result: 'PONG' } })
})

test('a Redis that does not come back is a 500 each time', async t => {
  const { local, stop } = await startOn(t, () => '+PONG\r\n')
  t.match(await ask(local, '/ping'), { status: 200 })
  stop()
  for (let i = 0; i < 3; i++) t.match(await ask(local, '/ping'), { status: 500, json: { error: /^ERR / } })
})

test('what is no Redis, wants a password or does not answer is told at start', async t => {
  for (const [answer, message] of [['HTTP/1.1 400 Bad Request\r\n\r\n', /^No Redis answers at /], ['', /^No Redis answers at /], ['-NOAUTH Authentication required.\r\n', /refused the connection: NOAUTH/]] as const) {
    const { port } = await startFakeRedis(t, () => answer)
    await t.rejects(openRedis(new URL(`redis://127.0.0.1:${port}`), new Meter(), 200), { code: 'FST_LOCAL_BACKEND_LOST', message }, answer)
  }
})

test('a Redis that stops speaking RESP is a lost Redis', async t => {
  const { local } = await startOn(t, () => 'HTTP/1.1 400 Bad Request\r\n\r\n')
  t.match(await ask(local, '/ping'), { status: 500, json: { error: /^ERR The connection to Redis was lost/ } })
})

test('closing does not wait for a Redis that does not answer', async t => {
  const { local } = await startOn(t, () => '')
  const asked = ask(local, '/get/a').catch((error: Error) => error)
  while (local.stats().commands === 0) await new Promise(resolve => setImmediate(resolve))
  await local.close()
  t.ok(await asked instanceof Error)
})

test('closing gives up connecting', async t => {
  let answer = '+PONG\r\n'
  const { port, received, hangUp } = await startFakeRedis(t, () => answer)
  const local = await startLocalUpstash({ redisUrl: `redis://127.0.0.1:${port}` })
  answer = ''
  hangUp()
  const asked = ask(local, '/get/a').catch((error: Error) => error)
  while (received.length < 2) await new Promise(resolve => setImmediate(resolve))
  await local.close()
  t.ok(await asked instanceof Error)
})

test('once closed a backend does not connect again', async t => {
  const backend = await openEmbedded(new Meter())
  await Promise.all([backend.close(), backend.close()])
  await t.rejects(backend.stream(['SUBSCRIBE', 'c'], { onReply () {}, onEnd () {} }), { code: 'FST_LOCAL_BACKEND_LOST', message: 'The endpoint is closed' })
})

test('several requests in flight when Redis dies are all told so', async t => {
  const { local, received, hangUp } = await startOn(t, () => '')
  const asked = ['a', 'b', 'c'].map(key => ask(local, `/get/${key}`))
  while (received.filter(([name]) => name === 'get').length < 3) await new Promise(resolve => setImmediate(resolve))
  hangUp()
  for (const answer of await Promise.all(asked)) t.match(answer, { status: 500, json: { error: /^ERR The connection to Redis was lost/ } })
})

test('a Redis that was away and is back is found again, though it was asked meanwhile', async t => {
  const { local, port, stop } = await startOn(t, () => '+ok\r\n')
  stop()
  t.match(await ask(local, '/get/a'), { status: 500 })
  t.match(await ask(local, '/get/a'), { status: 500 })
  await startFakeRedis(t, () => '+back\r\n', port)
  t.match(await ask(local, '/get/a'), { status: 200, json: { result: 'back' } })
})

test('emptying leaves the functions of the server alone, and tells when it fails', async t => {
  const { local, received } = await startOn(t, ([name]) => name === 'FLUSHDB' ? "-NOPERM this user has no permissions to run the 'flushdb' command\r\n" : '+OK\r\n')
  await t.rejects(local.flush(), { message: /^Redis refused to be emptied: NOPERM/ })
  t.same(received, [['PING'], ['FLUSHDB'], ['SCRIPT', 'FLUSH']])
})

test('a stream ends with its Redis', async t => {
  const { local, stop } = await startOn(t, () => SUBSCRIBED)
  const events = await openEvents(local, '/subscribe/c')
  t.equal(await events.next(), 'subscribe,c,1')
  stop()
  t.equal(await events.next(), undefined)
})

test('a stream whose Redis hangs up before the first line is a 500', async t => {
  const { local } = await startOn(t, () => null)
  t.match(await ask(local, '/subscribe/c', { method: 'POST' }), { status: 500, json: { error: /^ERR The connection to Redis was lost/ } })
})

test('a transaction that Redis gives up is an error of the whole', async t => {
  const { local } = await startOn(t, ([name]) => name === 'EXEC' ? '*-1\r\n' : '+QUEUED\r\n')
  t.match(await ask(local, '/multi-exec', { body: [['PING']] }), { status: 400, json: { error: /^EXECABORT/ } })
})

test("the calls of a script are the difference of Redis's own statistics", async t => {
  const before = 'cmdstat_get:calls=5,usec=1\r\ncmdstat_xgroup|create:calls=1\r\ncmdstat_info:calls=9'
  const after = '# Commandstats\r\ncmdstat_get:calls=7,usec=1\r\ncmdstat_xgroup|create:calls=2\r\ncmdstat_xgroup|destroy:calls=1\r\ncmdstat_info:calls=10\r\ncmdstat_eval:calls=1'
  t.same([...innerCalls(before, after, [['EVAL', 'source', '0'], ['NEVER-RUN']])], [['get', 2], ['xgroup', 2]])
})

test('on a Redis of its own, a script runs between two readings of the statistics, within a transaction', async t => {
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`
  const executed = ['*3\r\n', bulk('cmdstat_get:calls=5'), ':42\r\n', bulk('cmdstat_get:calls=7\ncmdstat_eval:calls=1\ncmdstat_info:calls=1')].join('')
  const { local, received } = await startOn(t, ([name]) => name === 'MULTI' ? '+OK\r\n' : name === 'EXEC' ? executed : '+QUEUED\r\n')
  t.equal(await command(local, 'EVAL', 'source', 0), 42)
  t.same(received.map(([name]) => name), ['PING', 'MULTI', 'INFO', 'EVAL', 'INFO', 'EXEC'])
  t.match(local.stats(), { commands: 1, billedCommands: 3, byCommand: { eval: 1, get: 2 } })
})

test('without its package the embedded backend says what to install', async t => {
  await t.rejects(openEmbedded(new Meter(), () => Promise.reject(new Error('Cannot find package'))),
    { name: 'EmbeddedBackendMissingError', code: 'FST_LOCAL_NO_EMBEDDED', message: /npm i -D js-redis-server@0\.3\.0/ })
})

test('the embedded backend is emptied between starts', async t => {
  const [first, second] = [await startLocalUpstash(), await startLocalUpstash()]
  t.after(() => Promise.all([first.close(), second.close()]))
  await command(first, 'SET', 'a', 1)
  t.equal(await command(second, 'GET', 'a'), null)
})
