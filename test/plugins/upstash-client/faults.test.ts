import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'tap'
import type { Fault } from '../../../local/index.ts'
import { codeOf, codeWithinTick, startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

interface Case { name: string, fault: Fault, code: string, state: string, opensAtOnce?: boolean }

const cases: Case[] = [
  { name: 'a refused connection', fault: { kind: 'refuse' }, code: 'FST_UPSTASH_NETWORK', state: 'unreachable' },
  { name: 'a reset connection', fault: { kind: 'reset' }, code: 'FST_UPSTASH_NETWORK', state: 'unreachable' },
  { name: 'a stalled reply', fault: { kind: 'stall' }, code: 'FST_UPSTASH_TIMEOUT', state: 'unreachable' },
  { name: 'a reply later than the limit', fault: { kind: 'delay', ms: 400 }, code: 'FST_UPSTASH_TIMEOUT', state: 'unreachable' },
  { name: 'a 401', fault: { kind: 'status', status: 401 }, code: 'FST_UPSTASH_UNAUTHORIZED', state: 'unauthorized', opensAtOnce: true },
  { name: 'a 429 with Retry-After', fault: { kind: 'status', status: 429, retryAfter: 0 }, code: 'FST_UPSTASH_RATE_LIMITED', state: 'over-quota', opensAtOnce: true },
  { name: 'a 429', fault: { kind: 'status', status: 429 }, code: 'FST_UPSTASH_RATE_LIMITED', state: 'over-quota' },
  { name: 'a 500', fault: { kind: 'status', status: 500 }, code: 'FST_UPSTASH_SERVER', state: 'unreachable' },
  { name: 'a proxy’s HTML 502', fault: { kind: 'html' }, code: 'FST_UPSTASH_BAD_REPLY', state: 'unreachable' },
  { name: 'truncated JSON', fault: { kind: 'truncate' }, code: 'FST_UPSTASH_BAD_REPLY', state: 'unreachable' },
  { name: 'a reply of another shape', fault: { kind: 'wrong-shape' }, code: 'FST_UPSTASH_BAD_REPLY', state: 'unreachable' },
  { name: 'the daily quota', fault: { kind: 'quota' }, code: 'FST_UPSTASH_OVER_QUOTA', state: 'over-quota', opensAtOnce: true },
  { name: 'the monthly quota', fault: { kind: 'quota', period: 'month' }, code: 'FST_UPSTASH_OVER_QUOTA', state: 'over-quota', opensAtOnce: true }
]

for (const { name, fault, code, state, opensAtOnce = false } of cases) {
  test(`${name} has its own error, opens the breaker, is told once, and is over by itself when the fault ends`, async t => {
    const local = await startLocal(t)
    const timeLimit = code === 'FST_UPSTASH_TIMEOUT' ? 100 : 5000
    const { client, log } = await startClient(t, local, { timeLimit })
    t.equal(await client.send(['SET', 'key', 'value']), 'OK')
    await local.faults.set(fault)

    const failures = opensAtOnce ? 1 : 5
    for (let n = 0; n < failures; n++) {
      t.equal(client.stats().breaker, 'closed')
      t.equal(await codeOf(client.send(['GET', 'key'])), code)
    }
    t.equal(client.state, state)
    for (let n = 0; n < 20; n++) t.equal(await codeWithinTick(client.send(['GET', 'key'])), 'FST_UPSTASH_CIRCUIT_OPEN')

    await local.faults.set(null)
    for (;;) {
      const result = await client.send(['GET', 'key']).catch(() => undefined)
      if (result !== undefined) { t.equal(result, 'value'); break }
      await new Promise(resolve => setImmediate(resolve))
    }
    t.equal(client.state, 'connected')
    t.match(log.messages, [/connected/, state === 'unreachable' ? /unreachable/ : state === 'unauthorized' ? /refuses the token/ : /over its quota/, /connected/])
    t.equal(log.messages.length, 3, 'one line for each change of state')
  })
}

test('a host that cannot be resolved fails as a network error', async t => {
  const { client } = await startClient(t, { url: 'https://does-not-exist.invalid', token: 'token' }, { timeLimit: 20_000 })
  t.equal(await codeOf(client.send(['PING'])), 'FST_UPSTASH_NETWORK')
  t.equal(await client.ping(), false)
})

test('whatever keeps Redis away, a call fails within its limit and 50 ms', async t => {
  const local = await startLocal(t)
  const endpoints = [local, { url: 'https://does-not-exist.invalid', token: 'token' }]
  for (const fault of [{ kind: 'refuse' }, { kind: 'reset' }, { kind: 'stall' }, { kind: 'delay', ms: 60_000 }] as const) {
    await local.faults.set(fault)
    for (const endpoint of endpoints) {
      const { client } = await startClient(t, endpoint, { timeLimit: 150 })
      const call = codeOf(client.send(['GET', 'key']))
      // Set after the call: timers of one process fire in order, so this holds on a busy machine too.
      const late = new Promise<string>(resolve => setTimeout(() => setImmediate(resolve, 'late'), 200))
      t.match(await Promise.race([call, late]), /^FST_UPSTASH_(NETWORK|TIMEOUT)$/, `${fault.kind} ${endpoint.url}`)
    }
  }
})

test('a call ends at its time limit, however many wait for the sockets', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { connections: 2, breakerThreshold: 1000 })
  await client.ping()
  await local.faults.set({ kind: 'stall' })
  const calls = Array.from({ length: 20 }, () => codeOf(client.send(['GET', 'key'], { timeLimit: 50 })))
  // Set after the calls: timers of one process fire in order, so this holds on a busy machine too.
  const late = new Promise<string>(resolve => setTimeout(() => setImmediate(resolve, 'late'), 100))
  for (const call of calls) t.equal(await Promise.race([call, late]), 'FST_UPSTASH_TIMEOUT')
})

test('calls that find no free socket in time were not sent, and do not count against Redis', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { connections: 2 })
  await client.ping()
  await local.faults.set({ kind: 'stall' })
  const stuck = ['a', 'b'].map(key => codeOf(client.send(['GET', key], { timeLimit: 200 })))
  const queued = Array.from({ length: 20 }, (_, n) => client.send(['SET', 'key', n], { timeLimit: 50 }))
  for (const call of queued) await t.rejects(call, { code: 'FST_UPSTASH_TIMEOUT', sent: false, message: 'SET (1 key): no free socket within 50 ms' })
  t.equal(client.stats().roundTrips, 3, 'the PING and the two that are stuck')
  t.match(client.stats(), { breaker: 'closed' })
  t.same(await Promise.all(stuck), ['FST_UPSTASH_TIMEOUT', 'FST_UPSTASH_TIMEOUT'])
  await local.faults.set(null)
  t.equal(await client.send(['GET', 'key']), null, 'the sockets are free again, and no write came late')
  t.equal(client.state, 'connected')
})

test('a call that spent most of its time in line says nothing of Redis when it runs out', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { connections: 1, timeLimit: 500, breakerThreshold: 1 })
  await local.faults.set({ kind: 'delay', ms: 300 })
  const [first, second] = [client.send(['GET', 'a']), client.send(['GET', 'b'])]
  t.equal(await first, null)
  await t.rejects(second, { code: 'FST_UPSTASH_TIMEOUT', sent: true, conclusive: false })
  t.match(client.stats(), { breaker: 'closed' })
})

test('calls that are stuck do not keep the probe, nor Redis, away', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { connections: 2, breakerThreshold: 1, timeLimit: 20_000 })
  await local.faults.set([{ kind: 'stall', command: 'get' }, { kind: 'status', status: 500, command: 'set', times: 1 }])
  const stuck = codeOf(client.send(['GET', 'a']))
  const waiting = [client.send(['SET', 'b', 1]), client.send(['SET', 'c', 1]), client.send(['GET', 'd'])].map(codeOf)
  t.same(await Promise.all(waiting), ['FST_UPSTASH_SERVER', 'FST_UPSTASH_CIRCUIT_OPEN', 'FST_UPSTASH_CIRCUIT_OPEN'])
  while (await client.send(['SET', 'b', 1]).catch(() => 'failed') === 'failed') await new Promise(resolve => setImmediate(resolve))
  t.equal(client.state, 'connected')
  t.ok(local.stats().sockets.peak <= 2)
  await client.close()
  t.equal(await stuck, 'FST_UPSTASH_CLOSED')
})

test('calls that wait in line are refused when the breaker opens, and not sent', async t => {
  for (const fault of [{ kind: 'status', status: 429, retryAfter: 3600 }, { kind: 'quota' }, { kind: 'status', status: 401 }, { kind: 'reset' }] as const) {
    const local = await startLocal(t)
    const { client } = await startClient(t, local, { timeLimit: 30_000, connections: 4, backoffInitial: 60_000, backoffMax: 60_000 })
    await local.faults.set(fault)
    const codes = await Promise.all(Array.from({ length: 500 }, () => codeOf(client.send(['GET', 'key']))))
    t.equal(codes.at(-1), 'FST_UPSTASH_CIRCUIT_OPEN')
    t.ok(client.stats().roundTrips <= 30, `${fault.kind}: ${client.stats().roundTrips} requests`)
  }
})

test('a call with less time than is normal says nothing of Redis when it runs out', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { breakerThreshold: 1, timeLimit: 30_000 })
  await client.ping()
  await local.faults.set({ kind: 'stall', times: 1 })
  t.equal(await codeOf(client.send(['GET', 'key'], { timeLimit: 20 })), 'FST_UPSTASH_TIMEOUT')
  t.match(client.stats(), { breaker: 'closed' })
})

test('while Redis answers probes and refuses all else, the probes grow rarer', async t => {
  const local = await startLocal(t)
  const { client, log } = await startClient(t, local, { breakerThreshold: 1, backoffInitial: 1, backoffMax: 60_000 })
  await local.faults.set({ kind: 'status', status: 500, command: 'get' })
  const until = performance.now() + 500
  while (performance.now() < until) {
    await codeOf(client.send(['GET', 'key']))
    await new Promise(resolve => setImmediate(resolve))
  }
  // 1, 2, 4 … 512 ms, each halved at best: more would not fit, however fast the machine.
  t.ok(log.messages.length <= 24, `${log.messages.length} lines`)
})

test('a blocked event loop is not taken for a slow Redis', async t => {
  // Blocks this process, timers and all, once the reply has left for the client's socket.
  const server = createServer((_request, response) => {
    response.end('{"result":"UE9ORw=="}', () => {
      const until = performance.now() + 300
      while (performance.now() < until);
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  const { port } = server.address() as { port: number }
  const { client } = await startClient(t, { url: `http://127.0.0.1:${port}`, token: 'token' })
  t.equal(await client.send(['PING'], { timeLimit: 200 }), 'PONG')
})

test('an oversized reply is not read to its end, and says nothing against Redis', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { maxReplyBytes: 10_000, breakerThreshold: 1 })
  await client.send(['SET', 'large', 'x'.repeat(20_000)])
  await t.rejects(client.send(['GET', 'large']), { code: 'FST_UPSTASH_REPLY_TOO_LARGE', message: /maxReplyBytes \(10000\)/ })
  t.equal(client.state, 'connected')
  t.equal(await client.send(['STRLEN', 'large']), 20_000)
  t.match(client.stats(), { errors: { reply_too_large: 1 }, breaker: 'closed', roundTrips: 3 }, 'nor was it asked for again')
})
