import { createHash } from 'node:crypto'
import { test } from 'tap'
import { withoutShebang, withoutUpstashFlag } from '../../local/backend/scripts.ts'
import { startLocal } from '../local.ts'
import { ask, command } from './wire.ts'

const source = '#!lua flags=allow-key-locking\nreturn {KEYS[1], ARGV[1], 7}'
const digest = createHash('sha1').update(source).digest('hex')

test("a script with Upstash's own flag runs, by its text and by the digest of that text", async t => {
  const local = await startLocal(t)
  t.match(await command(local, 'EVALSHA', digest, 1, 'k', 'a'), { error: /^NOSCRIPT/ })
  t.same(await command(local, 'EVAL', source, 1, 'k', 'a'), ['k', 'a', 7])
  t.same(await command(local, 'EVALSHA', digest, 1, 'k', 'a'), ['k', 'a', 7])
  t.same(await command(local, 'evalsha_ro', digest.toUpperCase(), 1, 'k', 'a'), ['k', 'a', 7])
  t.same(await command(local, 'SCRIPT', 'EXISTS', digest, 'f'.repeat(40)), [1, 0])
})

test('SCRIPT LOAD answers with the digest of what it was given', async t => {
  const local = await startLocal(t)
  t.equal(await command(local, 'SCRIPT', 'LOAD', source), digest)
  t.same(await command(local, 'EVALSHA', digest, 1, 'k', 'a'), ['k', 'a', 7])
  t.match(await command(local, 'SCRIPT', 'LOAD'), { error: /^ERR/ })
  t.equal(await command(local, 'SCRIPT', 'FLUSH'), 'OK')
  t.same(await command(local, 'SCRIPT', 'EXISTS', digest), [0])
})

test('the digest works in pipelines and transactions too', async t => {
  const local = await startLocal(t)
  for (const path of ['/pipeline', '/multi-exec']) {
    const { json } = await ask(local, path, { body: [['SCRIPT', 'LOAD', source], ['EVALSHA', digest, 1, 'k', 'b'], ['GET', 'x']] })
    t.same(json, [{ result: digest }, { result: ['k', 'b', 7] }, { result: null }], path)
  }
})

test('a script as the body of a path command', async t => {
  const local = await startLocal(t)
  t.same((await ask(local, '/script/load', { body: source })).json, { result: digest })
})

test('errors of scripts are told, and others are served after them', async t => {
  const local = await startLocal(t)
  t.match(await command(local, 'EVAL', "return redis.error_reply('MINE it failed')", 0), { error: /^MINE it failed/ })
  t.match(await command(local, 'EVAL', "return redis.call('HGET', KEYS[1])", 1, 'k'), { error: /./ })
  t.match(await command(local, 'EVAL', 'this is not lua', 0), { error: /^ERR/ })
  t.match(await command(local, 'EVAL'), { error: /^ERR wrong number of arguments for 'eval' command/ })
  t.equal(await command(local, 'PING'), 'PONG')
})

test("only Upstash's flag is taken from the first line", async t => {
  const adapted = (line: string) => withoutUpstashFlag(`${line}\nreturn 1`).split('\n')[0]
  t.equal(adapted('#!lua flags=allow-key-locking'), '')
  t.equal(adapted('#!lua flags=no-writes,allow-key-locking'), '#!lua flags=no-writes')
  t.equal(adapted('#!lua name=x flags=allow-key-locking,no-writes'), '#!lua name=x flags=no-writes')
  t.equal(adapted('#!lua'), '#!lua')
  t.equal(adapted('-- #!lua flags=allow-key-locking'), '-- #!lua flags=allow-key-locking')
  t.equal(withoutShebang('#!lua flags=no-writes\nreturn 1'), '\nreturn 1', 'line numbers stay')
})
