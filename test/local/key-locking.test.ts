import { test } from 'tap'
import { KEY_COUNTS, KEY_POSITIONS, READING_STREAMS } from '../../local/backend/key-positions.ts'
import { startLocal } from '../local.ts'
import { ask, command } from './wire.ts'

const flagged = (body: string) => `#!lua flags=allow-key-locking\n${body}`
const refused = /^ERR Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set/

test('a script with the flag is refused a key outside KEYS, and nothing is written', async t => {
  const local = await startLocal(t)
  t.match(await command(local, 'EVAL', flagged("return redis.call('SET', 'other', 1)"), 1, 'k'), { error: refused })
  t.match(await command(local, 'EVAL', flagged("return redis.call('SET', ARGV[1], 1)"), 1, 'k', 'other'), { error: refused })
  t.match(await command(local, 'EVAL', flagged("return redis.pcall('SET', 'other', 1)"), 1, 'k'), { error: refused })
  t.equal(await command(local, 'EXISTS', 'other'), 0)
  t.match(await command(local, 'EVAL', flagged("return redis.pcall('SET', 'other', 1).err"), 0), refused, 'pcall answers the error')
  t.same(await command(local, 'EVAL', flagged("local ok = pcall(redis.call, 'SET', 'other', 1) return {ok and 1 or 0}"), 0), [0], 'call raises it')
  t.equal(await command(local, 'EVAL', "return redis.call('SET', 'other', 1).ok", 0), 'OK', 'without the flag all is as before')
})

test('the same by digest, in pipelines and transactions, and beside other flags', async t => {
  const local = await startLocal(t)
  const digest = await command(local, 'SCRIPT', 'LOAD', flagged("return redis.call('GET', KEYS[1] .. ARGV[1])"))
  t.match(await command(local, 'EVALSHA', digest, 1, 'k', 'x'), { error: refused })
  t.equal(await command(local, 'EVALSHA', digest, 1, 'k', ''), null)
  for (const path of ['/pipeline', '/multi-exec']) {
    const { json } = await ask(local, path, { body: [['EVALSHA', digest, 1, 'k', 'x'], ['PING']] })
    t.match(json, [{ error: refused }, { result: 'PONG' }], path)
  }
  const reading = '#!lua flags=no-writes,allow-key-locking\n(redis or {}).call("GET", KEYS[1]) return redis.call("GET", ARGV[1])'
  t.match(await command(local, 'EVAL_RO', reading, 1, 'k', 'x'), { error: refused })
  t.equal(await command(local, 'EVAL_RO', reading, 1, 'k', 'k'), null)
})

/** Calls that touch `a` and `b`: with both declared they go through, with one they do not. */
const ofTwo = [
  ['MGET', 'a', 'b'], ['DEL', 'a', 'b'], ['UNLINK', 'a', 'b'], ['EXISTS', 'a', 'b'], ['MSET', 'a', '1', 'b', '2'], ['RENAMENX', 'a', 'b'],
  ['BITOP', 'NOT', 'a', 'b'], ['SINTERSTORE', 'a', 'b'], ['ZUNIONSTORE', 'a', '1', 'b'], ['ZUNION', '2', 'a', 'b'], ['ZUNIONSTORE', 'b', '1', 'a'],
  ['SORT', 'a', 'STORE', 'b'], ['SORT', 'b', 'LIMIT', '0', '1', 'store', 'a'], ['XREAD', 'COUNT', '1', 'STREAMS', 'a', 'b', '0', '0']
] as const

test('every key of a command counts, wherever it stands', async t => {
  const local = await startLocal(t)
  const script = flagged('return redis.call(unpack(ARGV))')
  for (const words of ofTwo) {
    await local.flush()
    if (words[0] === 'RENAMENX') await command(local, 'SET', 'a', 1)
    const name = words.join(' ')
    t.match(await command(local, 'EVAL', script, 1, 'a', ...words), { error: refused }, `${name}, only a declared`)
    t.match(await command(local, 'EVAL', script, 1, 'b', ...words), { error: refused }, `${name}, only b declared`)
    t.notMatch(await command(local, 'EVAL', script, 2, 'a', 'b', ...words), { error: /./ }, `${name}, both declared`)
  }
})

test('what is no key is none', async t => {
  const local = await startLocal(t)
  const script = flagged('return redis.call(unpack(ARGV))')
  await command(local, 'XADD', 's', '1-0', 'f', 'v')
  await command(local, 'XGROUP', 'CREATE', 's', 'streams', '0')
  for (const words of [
    ['SET', 's2', 'other', 'PX', '1000'], ['HSET', 'h', 'other', 'store'], ['ZADD', 'z', '1', 'other'], ['XADD', 's', '*', 'other', 'streams'],
    ['XINFO', 'STREAM', 's'], ['XREADGROUP', 'GROUP', 'streams', 'me', 'COUNT', '1', 'STREAMS', 's', '>'], ['XRANGE', 's', '-', '+'],
    ['EXPIRE', 'h', '10'], ['SORT', 'set', 'ALPHA'], ['TIME'], ['PING', 'other'], ['PUBLISH', 'other', 'm'], ['ECHO', 'other']
  ]) {
    const answer = await command(local, 'EVAL', script, 5, 's', 's2', 'h', 'z', 'set', ...words)
    t.notMatch(answer, { error: refused }, words.join(' '))
  }
  t.equal(await command(local, 'EVAL', flagged("return redis.call('SET', 5, 1).ok"), 1, '5'), 'OK', 'a number is the key of its digits')
})

test('the whole database is refused, and what is no command has the error of Redis', async t => {
  const local = await startLocal(t)
  for (const name of ['FLUSHDB', 'FLUSHALL', 'dbsize', 'KEYS *', 'SCAN 0']) {
    t.match(await command(local, 'EVAL', flagged('return redis.call(unpack(ARGV))'), 0, ...name.split(' ')), { error: refused }, name)
  }
  t.match(await command(local, 'EVAL', flagged("return redis.call('NONESUCH', 'k')"), 0), { error: /^ERR Unknown Redis command/ })
  t.match(await command(local, 'EVAL', flagged('return redis.call()'), 0), { error: /^ERR Please specify at least one argument/ })
  t.match(await command(local, 'EVAL', flagged("return redis.call('GET', {})"), 1, 'k'), { error: /./ })
})

test('errors keep their line and their kind; all else of redis is there', async t => {
  const local = await startLocal(t)
  await command(local, 'SET', 'k', 'v')
  t.match(await command(local, 'EVAL', flagged("redis.call('GET', KEYS[1])\n\nlocal x = redis.call('HGET', KEYS[1], 'f')\nreturn x"), 1, 'k'), { error: /^WRONGTYPE .*user_script:4\.$/ })
  t.match(await command(local, 'EVAL', flagged("\n\nlocal x = redis.call('GET', 'x')\nreturn x"), 1, 'k'), { error: /^ERR Dynamic .*user_script:4\.$/ })
  t.match(await command(local, 'EVAL', flagged("\nerror('mine')"), 0), { error: /user_script:3: mine/ })
  t.equal(await command(local, 'EVAL', flagged("return redis.sha1hex('')"), 0), 'da39a3ee5e6b4b0d3255bfef95601890afd80709')
  t.match(await command(local, 'EVAL', flagged("return redis.error_reply('MINE it failed')"), 0), { error: /^MINE it failed/ })
})

test('the meter counts the calls of the script, and none that was refused', async t => {
  const local = await startLocal(t)
  local.resetStats()
  await command(local, 'EVAL', flagged("redis.call('SET', KEYS[1], 1) redis.pcall('SET', 'other', 1) for i = 1, 3 do redis.call('INCR', KEYS[1]) end return redis.call('GET', KEYS[1])"), 1, 'k')
  t.same(local.stats().byCommand, { eval: 1, set: 1, incr: 3, get: 1 })
})

test('the positions of keys are those that Redis tells', async t => {
  const local = await startLocal(t)
  const told: Array<[string, number, string[], number, number, number]> = await command(local, 'COMMAND')
  const movable = new Set([...KEY_COUNTS.map(({ commands }) => commands), READING_STREAMS].join(' ').split(' '))
  // Redis tells the keys of subcommands by subcommand; a channel is no key, and the others belong to clusters and its own tests.
  const others = new Set(['memory', 'object', 'xgroup', 'xinfo', 'spublish', 'ssubscribe', 'sunsubscribe', 'restore-asking', 'migrate', 'pfdebug', 'watch'])
  for (const [name, , flags, first, last, step] of told) {
    if (flags.includes('noscript') || movable.has(name) || others.has(name) || first === 0) continue
    const own = KEY_POSITIONS.find(({ commands }) => commands.split(/\s+/).includes(name))
    t.match(own, { first, last, step }, name)
  }
})
