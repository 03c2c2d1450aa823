import { test } from 'tap'
import { backoffDelay } from '../../../plugins/upstash-client/backoff.ts'
import { codeOf, codeWithinTick, startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

/** Timers of one process fire in order: a probe that was due in a millisecond has begun when this one fires. */
async function longerThanBackOff (): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 30))
}

test('the probe is one PING at a time, and only while calls are refused', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { breakerThreshold: 1, backoffInitial: 1, backoffMax: 1 })
  await local.faults.set({ kind: 'status', status: 500 })
  t.equal(await codeOf(client.send(['GET', 'key'])), 'FST_UPSTASH_SERVER')
  const before = client.stats().roundTrips
  await longerThanBackOff()
  t.equal(client.stats().roundTrips, before, 'nobody asks, nothing is sent')
  t.equal(await codeOf(client.send(['GET', 'key'])), 'FST_UPSTASH_CIRCUIT_OPEN')
  while (client.stats().errors.server < 2) await new Promise(resolve => setImmediate(resolve))
  await longerThanBackOff()
  t.equal(client.stats().roundTrips, before + 1, 'nor again while nobody asks')
  t.same(local.stats().byCommand, {}, 'the fault kept every command from Redis')
})

test('no caller waits for the probe, and one that was refused meanwhile brings about the next', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { breakerThreshold: 1, timeLimit: 50, backoffInitial: 1, backoffMax: 1 })
  await local.faults.set({ kind: 'stall' })
  t.equal(await codeOf(client.send(['GET', 'key'])), 'FST_UPSTASH_TIMEOUT')
  t.equal(await codeOf(client.send(['GET', 'key'])), 'FST_UPSTASH_CIRCUIT_OPEN')
  while (local.stats().roundTrips < 2) await new Promise(resolve => setImmediate(resolve))
  t.equal(client.stats().breaker, 'probing')
  t.equal(await codeWithinTick(client.send(['GET', 'key'])), 'FST_UPSTASH_CIRCUIT_OPEN')
  await local.faults.set(null)
  while (client.stats().breaker !== 'closed') await new Promise(resolve => setImmediate(resolve))
  t.match(client.stats().errors, { timeout: 2, circuit_open: 2 }, 'the call and the first probe timed out; the second probe was answered')
})

test('failures in a row open the breaker, not failures between answers', async t => {
  const local = await startLocal(t)
  const { client, log } = await startClient(t, local, { breakerThreshold: 3 })
  for (let round = 0; round < 3; round++) {
    await client.ping()
    await local.faults.set({ kind: 'status', status: 500, times: 2 })
    for (let n = 0; n < 2; n++) t.equal(await codeOf(client.send(['GET', 'key'])), 'FST_UPSTASH_SERVER')
  }
  t.equal(client.stats().breaker, 'closed')
  t.same(log.messages, ['connected to Upstash over REST'], 'and are no news')
  await local.faults.set({ kind: 'status', status: 500, times: 1 })
  await codeOf(client.send(['GET', 'key']))
  t.equal(client.stats().breaker, 'open')
  while (await client.ping() === false) await new Promise(resolve => setImmediate(resolve))
  await local.faults.set({ kind: 'status', status: 500, times: 1 })
  await codeOf(client.send(['GET', 'key']))
  t.equal(client.stats().breaker, 'closed', 'once closed, it counts anew')
})

test('an answer that comes late does not make a failing Redis connected', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { breakerThreshold: 1 })
  await local.faults.set([{ kind: 'delay', ms: 100, command: 'get' }, { kind: 'status', status: 500, command: 'set' }])
  const late = client.send(['GET', 'key'])
  t.equal(await codeOf(client.send(['SET', 'key', 1])), 'FST_UPSTASH_SERVER')
  t.equal(await late, null)
  t.equal(client.state, 'unreachable')
})

test('a probe that fails otherwise than before changes the state, and says so', async t => {
  const local = await startLocal(t)
  const { client, log } = await startClient(t, local, { breakerThreshold: 1 })
  await local.faults.set({ kind: 'status', status: 500 })
  await codeOf(client.send(['PING']))
  await local.faults.set({ kind: 'status', status: 401 })
  await codeOf(client.send(['PING']))
  await log.has(/refuses the token/)
  t.equal(client.state, 'unauthorized')
  t.equal(log.messages.length, 2)
})

test('Retry-After is waited for before the next probe', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { backoffInitial: 1, backoffMax: 1 })
  await local.faults.set({ kind: 'status', status: 429, retryAfter: 3600, times: 1 })
  await t.rejects(client.send(['GET', 'key']), { code: 'FST_UPSTASH_RATE_LIMITED', retryAfter: 3600 })
  await codeOf(client.send(['GET', 'key']))
  await longerThanBackOff()
  t.match(client.stats(), { breaker: 'open', roundTrips: 1 })
})

test('a probe’s Retry-After is waited for as well', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { breakerThreshold: 1, backoffInitial: 1, backoffMax: 1 })
  await local.faults.set({ kind: 'status', status: 500 })
  t.equal(await codeOf(client.send(['GET', 'key'])), 'FST_UPSTASH_SERVER')
  await local.faults.set({ kind: 'status', status: 429, retryAfter: 3600 })
  await codeOf(client.send(['GET', 'key']))
  while (client.stats().errors.rate_limited === 0) await new Promise(resolve => setImmediate(resolve))
  await codeOf(client.send(['GET', 'key']))
  await longerThanBackOff()
  t.match(client.stats(), { breaker: 'open', roundTrips: 2 })
})

test('the delay before a probe doubles up to its maximum, half of it random', async t => {
  const backoff = { initial: 100, max: 1000 }
  for (const [failures, most] of [[0, 100], [1, 200], [2, 400], [3, 800], [4, 1000], [50, 1000], [5000, 1000]] as const) {
    const delays = Array.from({ length: 200 }, () => backoffDelay(backoff, failures))
    t.ok(Math.min(...delays) >= most / 2 && Math.max(...delays) <= most, `${failures} failures`)
    t.ok(Math.max(...delays) - Math.min(...delays) > most / 4, 'they differ')
  }
})

test('outcomes of calls that began before the breaker opened do not open it again', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { timeLimit: 150, breakerThreshold: 3 })
  await client.ping()
  await local.faults.set({ kind: 'stall', times: 6 })
  const early = Array.from({ length: 3 }, () => codeOf(client.send(['GET', 'key'])))
  const slow = Array.from({ length: 3 }, () => codeOf(client.send(['GET', 'key'], { timeLimit: 600 })))
  t.same(await Promise.all(early), Array(3).fill('FST_UPSTASH_TIMEOUT'))
  t.equal(client.stats().breaker, 'open')
  while (await client.ping() === false) await new Promise(resolve => setImmediate(resolve))
  t.same(await Promise.all(slow), Array(3).fill('FST_UPSTASH_TIMEOUT'))
  t.match(client.stats(), { breaker: 'closed' })
  t.equal(client.state, 'connected')
})
