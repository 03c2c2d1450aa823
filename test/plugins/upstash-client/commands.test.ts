import { test } from 'tap'
import type { Command } from '../../../plugins/upstash-client/index.ts'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

test('a value comes back exactly as it was stored', async t => {
  const { client } = await startClient(t, await startLocal(t))
  for (const value of ['6175551212', 'true', 'null', '{"a":1}', 'OK', '', 'a,b\nc', 'grüße 👋', '"quoted"']) {
    t.equal(await client.send(['SET', 'key', value]), 'OK')
    t.equal(await client.send(['GET', 'key']), value)
  }
  await client.send(['RPUSH', 'list', 'OK', 1, 'x'])
  t.strictSame(await client.send(['LRANGE', 'list', 0, -1]), ['OK', '1', 'x'])
  t.equal(await client.send(['GET', 'missing']), null)
  t.equal(await client.send(['INCRBY', 'count', 41]), 41)
})

test('a batch is one round trip, in order, and each command has its own outcome', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  const results = await client.batch([['SET', 'text', 'a'], ['INCR', 'text'], ['APPEND', 'text', 'b'], ['GET', 'text']])
  t.match(results, [
    { ok: true, value: 'OK' },
    { ok: false, error: { code: 'FST_UPSTASH_COMMAND', message: 'INCR (1 key): Redis answered ERR', redisCode: 'ERR', reply: /not an integer/ } },
    { ok: true, value: 2 },
    { ok: true, value: 'ab' }
  ])
  t.match(local.stats(), { roundTrips: 1, commands: 4 })
  t.same(await client.batch([]), [])
  t.equal(local.stats().roundTrips, 1, 'an empty batch sends nothing')
})

test('a script is sent once, then run by its digest', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  const script = client.script("return { KEYS[1], ARGV[1], redis.call('INCR', KEYS[1]) }")
  t.strictSame(await script.run(['runs'], ['argument'], { innerCalls: 1 }), ['runs', 'argument', 1])
  t.strictSame(await script.run(['runs'], ['argument'], { innerCalls: 1 }), ['runs', 'argument', 2])
  t.match(local.stats().byCommand, { evalsha: 2, eval: 1 })
  await t.rejects(client.script("return redis.error_reply('MYERR no')").run([], []), { code: 'FST_UPSTASH_COMMAND', redisCode: 'MYERR' })
})

test('a script’s time limit holds for both of its tries together', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  await local.faults.set([{ kind: 'delay', ms: 150, command: 'evalsha' }, { kind: 'stall', command: 'eval' }])
  const run = client.script('return 1').run([], [], { timeLimit: 300 }).then(() => 'done', error => error.code as string)
  // Set after the call: timers of one process fire in order. With a limit for each try it would take 450 ms.
  const late = new Promise<string>(resolve => setTimeout(() => setImmediate(resolve, 'late'), 400))
  t.equal(await Promise.race([run, late]), 'FST_UPSTASH_TIMEOUT')
})

test('the SDK’s typed client works on the same transport: commands, pipelines, transactions, scripts, errors', async t => {
  const local = await startLocal(t)
  const { client: { redis } } = await startClient(t, local)
  t.equal(await redis.set('user', { name: 'Ada' }), 'OK')
  t.strictSame(await redis.get('user'), { name: 'Ada' })
  t.equal(await redis.set('flag', true), 'OK')
  t.strictSame(await redis.get('flag'), true)
  t.equal(await redis.setbit('bits', 7, 1), 0)
  t.strictSame(await redis.pipeline().set('a', 1).get('a').exec(), ['OK', 1])
  t.strictSame(await redis.multi().incr('a').incr('a').exec(), [2, 3])
  t.equal(await redis.createScript<string>('return ARGV[1]').exec([], ['hello']), 'hello')
  await t.rejects(redis.incr('user'), { code: 'FST_UPSTASH_COMMAND', message: 'INCR (1 key): Redis answered ERR' })
  await t.rejects(redis.pipeline().set('b', 1).incr('user').exec(), { message: /Command 2 \[ incr \] failed: INCR \(1 key\): Redis answered ERR/ })
  t.match(await redis.pipeline().incr('user').get('b').exec({ keepErrors: true }), [{ error: /Redis answered ERR/ }, { result: 1 }])
  // What the SDK may come to ask of its transport, and ours does not know.
  await t.rejects(redis['client'].request({ path: ['other'], body: ['GET', 'key'] }), { code: 'FST_UPSTASH_INVALID_COMMAND' })
  await t.rejects(redis['client'].request({ path: ['pipeline'], body: 'GET' }), { code: 'FST_UPSTASH_INVALID_COMMAND' })
  t.equal(typeof redis.readYourWritesSyncToken, 'string')
  redis.readYourWritesSyncToken = 'theirs'
  t.equal(redis.readYourWritesSyncToken, 'theirs')
})

test('what cannot be sent is refused at once, and commands of the same tick get their own results', async t => {
  const { client } = await startClient(t, await startLocal(t))
  const circular: unknown[] = []
  circular.push(circular)
  const bad: unknown[][] = [
    ['SET', 'key', undefined], ['SET', 'key', circular], ['SET', 'key', { a: 1 }], ['SET', 'key', 1n], ['SET', 'key', NaN],
    ['SET', 'key', Infinity], ['SET', 'key', '\ud800'], ['SET', 'key', true], [''], [], [Symbol('GET')]
  ]
  const calls = bad.flatMap(command => [
    client.send(['SET', 'before', 'b']),
    t.rejects(client.send(command as unknown as Command), { code: 'FST_UPSTASH_INVALID_COMMAND' }),
    t.rejects(client.batch([['PING'], command as unknown as Command]), { code: 'FST_UPSTASH_INVALID_COMMAND' }),
    client.send(['ECHO', String(command.length)])
  ])
  const results = await Promise.all(calls)
  t.same(results.filter((_, index) => index % 4 === 0), bad.map(() => 'OK'))
  t.same(results.filter((_, index) => index % 4 === 3), bad.map(({ length }) => String(length)))
  await t.rejects(client.send('GET key' as never), { message: 'command (0 keys): a command is an array that begins with its name' })
  for (const timeLimit of [0, -1, NaN, Infinity, 2 ** 31]) {
    await t.rejects(client.send(['PING'], { timeLimit }), { code: 'FST_UPSTASH_INVALID_COMMAND', message: /timeLimit/ })
  }
  for (const channel of ['', '\ud800', 5]) t.throws(() => client.subscribe(channel as string, () => {}), { code: 'FST_UPSTASH_INVALID_COMMAND' })
  await t.rejects(client.redis.set('key', undefined), { code: 'FST_UPSTASH_INVALID_COMMAND' })
  t.equal(await client.send(['EXISTS', 'key']), 0, 'nothing of the bad ones was sent')
})

test('an error names the command and counts its keys', async t => {
  const { client } = await startClient(t, await startLocal(t), { timeLimit: 1000 })
  await client.close()
  const message = async (command: Command) => await client.send(command).then(() => '', error => error.message.split(':')[0])
  t.equal(await message(['get', 'a']), 'GET (1 key)')
  t.equal(await message(['MGET', 'a', 'b', 'c']), 'MGET (3 keys)')
  t.equal(await message(['MSET', 'a', 1, 'b', 2]), 'MSET (2 keys)')
  t.equal(await message(['EVAL', 'return 1', 2, 'a', 'b']), 'EVAL (2 keys)')
  t.equal(await message(['EVAL']), 'EVAL (0 keys)')
  t.equal(await message(['PUBLISH', 'channel', 'x']), 'PUBLISH (0 keys)')
  t.equal(await message(['SET key s3cr3t']), 'command (0 keys)')
  await t.rejects(client.batch([['GET', 'a'], ['GET', 'b']]), { code: 'FST_UPSTASH_CLOSED', message: /^batch of 2 commands:/ })
})

test('stats count what was sent, answered and refused', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  t.match(client.stats(), { roundTrips: 0, latency: { p50: null, p99: null } })
  await client.send(['SET', 'key', 'value'])
  await client.batch([['GET', 'key'], ['INCR', 'key']])
  await client.script("return redis.call('GET', KEYS[1])").run(['key'], [], { innerCalls: 1 }).then(value => t.equal(value, 'value'))
  const stats = client.stats()
  t.match(stats, { roundTrips: 4, commands: 5, billedCommands: 6, errors: { command: 2, timeout: 0 }, breaker: 'closed' })
  t.match(local.stats(), { roundTrips: stats.roundTrips, commands: stats.commands })
  t.ok(stats.bytes.sent > 0 && stats.bytes.received > 0)
  t.ok((stats.latency.p99 ?? 0) >= (stats.latency.p50 ?? Infinity))
})

test('1,000 concurrent commands open at most 32 sockets, and every answer is its own', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { timeLimit: 30_000 })
  const numbers = Array.from({ length: 1000 }, (_, index) => String(index))
  t.same(await Promise.all(numbers.map(number => client.send(['ECHO', number]))), numbers)
  const { peak } = local.stats().sockets
  t.ok(peak > 1 && peak <= 32, `${peak} sockets`)
})
