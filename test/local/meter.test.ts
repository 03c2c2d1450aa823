import { Agent, request } from 'undici'
import { test } from 'tap'
import type { LocalUpstash } from '../../local/index.ts'
import { startLocal } from '../local.ts'
import { ask, command } from './wire.ts'

/** What the requests made within `work` cost. */
async function priceOf (local: LocalUpstash, work: () => Promise<unknown>) {
  local.resetStats()
  await work()
  const { sockets, ...price } = local.stats()
  return price
}

test('a command is one round trip and one billed command, MGET of any size too', async t => {
  const local = await startLocal(t)
  t.same(await priceOf(local, () => command(local, 'SET', 'a', 1)), { roundTrips: 1, commands: 1, billedCommands: 1, byCommand: { set: 1 } })
  t.same(await priceOf(local, () => command(local, 'MGET', 'a', 'b', 'c', 'd', 'e')), { roundTrips: 1, commands: 1, billedCommands: 1, byCommand: { mget: 1 } })
})

test('each command of a pipeline or transaction is billed, failed ones too', async t => {
  const local = await startLocal(t)
  for (const path of ['/pipeline', '/multi-exec']) {
    t.same(await priceOf(local, () => ask(local, path, { body: [['set', 'a', 'x'], ['GET', 'a'], ['INCR', 'a'], ['Get', 'a']] })),
      { roundTrips: 1, commands: 4, billedCommands: 4, byCommand: { set: 1, get: 2, incr: 1 } }, path)
  }
})

const script = `
  redis.call('SET', KEYS[1], ARGV[1])
  for i = 1, 3 do redis.call('INCR', KEYS[1]) end
  redis.pcall('HGET', KEYS[1], 'f')
  return redis.call('get', KEYS[1])`
const scriptPrice = { roundTrips: 1, commands: 1, billedCommands: 7, byCommand: { eval: 1, set: 1, incr: 3, hget: 1, get: 1 } }

test('a script costs one and each of its calls', async t => {
  const local = await startLocal(t)
  t.same(await priceOf(local, () => command(local, 'EVAL', script, 1, 'k', 5)), scriptPrice)
  t.same(await priceOf(local, () => command(local, 'EVAL', 'return 1', 0)), { roundTrips: 1, commands: 1, billedCommands: 1, byCommand: { eval: 1 } })
  t.same(await priceOf(local, () => command(local, 'EVAL', "redis.call('SET', KEYS[1], 1) error('late')", 1, 'k')),
    { roundTrips: 1, commands: 1, billedCommands: 2, byCommand: { eval: 1, set: 1 } }, 'also when it fails after them')
})

test('scripts within pipelines and transactions', async t => {
  const local = await startLocal(t)
  const expected = { roundTrips: 1, commands: 4, billedCommands: 16, byCommand: { eval: 2, set: 3, incr: 6, hget: 2, get: 3 } }
  for (const path of ['/pipeline', '/multi-exec']) {
    const body = [['SET', 'k', '1'], ['EVAL', script, 1, 'k', 5], ['GET', 'k'], ['EVAL', script, 1, 'k', 5]]
    t.same(await priceOf(local, () => ask(local, path, { body })), expected, path)
  }
})

test('EVALSHA of a script that is not there costs one', async t => {
  const local = await startLocal(t)
  const digest = await command(local, 'SCRIPT', 'LOAD', "return redis.call('GET', KEYS[1])")
  t.same(await priceOf(local, () => command(local, 'EVALSHA', digest, 1, 'k')), { roundTrips: 1, commands: 1, billedCommands: 2, byCommand: { evalsha: 1, get: 1 } })
  await command(local, 'SCRIPT', 'FLUSH')
  t.same(await priceOf(local, () => command(local, 'EVALSHA', digest, 1, 'k')), { roundTrips: 1, commands: 1, billedCommands: 1, byCommand: { evalsha: 1 } })
})

test('calls of many scripts at once are all counted', async t => {
  const local = await startLocal(t)
  const work = () => Promise.all(Array.from({ length: 60 }, (_, i) => i % 2 === 0 ? command(local, 'EVAL', script, 1, `k${i}`, 5) : command(local, 'GET', 'k')))
  t.same(await priceOf(local, work), { roundTrips: 60, commands: 60, billedCommands: 30 * 7 + 30, byCommand: { eval: 30, set: 30, incr: 90, hget: 30, get: 60 } })
})

test('container commands go by their first word', async t => {
  const local = await startLocal(t)
  const price = await priceOf(local, () => command(local, 'EVAL', "redis.call('XGROUP', 'CREATE', KEYS[1], 'g', '$', 'MKSTREAM') return redis.call('XINFO', 'STREAM', KEYS[1])", 1, 's'))
  t.same(price.byCommand, { eval: 1, xgroup: 1, xinfo: 1 })
})

test('what Redis never saw is a round trip and nothing else', async t => {
  const local = await startLocal(t)
  t.same(await priceOf(local, async () => {
    await ask(local, '/ping', { token: 'wrong' })
    await ask(local, '/', { body: 'no JSON' })
    await ask(local, '/', { body: ['BLPOP', 'l', 0] })
    await ask(local, '/ping', { method: 'DELETE' })
    await ask(local, '/get/%zz')
    await ask(local, '/set/a', { body: 'x'.repeat(10 * 1024 * 1024 + 1) })
  }), { roundTrips: 6, commands: 0, billedCommands: 0, byCommand: {} })
})

test('sockets: open ones, and the most at one time', async t => {
  const local = await startLocal(t)
  t.same(local.stats().sockets, { open: 0, peak: 0 })
  const agent = new Agent({ connections: 5 })
  const headers = { authorization: `Bearer ${local.token}` }
  const replies = await Promise.all(Array.from({ length: 30 }, () => request(`${local.url}/ping`, { dispatcher: agent, headers })))
  await Promise.all(replies.map(({ body }) => body.text()))
  t.same(local.stats().sockets, { open: 5, peak: 5 })
  await agent.close()
  while (local.stats().sockets.open > 0) await new Promise(resolve => setImmediate(resolve))
  t.same(local.stats().sockets, { open: 0, peak: 5 })
  local.resetStats()
  t.same(local.stats(), { roundTrips: 0, commands: 0, billedCommands: 0, byCommand: {}, sockets: { open: 0, peak: 0 } })
})
