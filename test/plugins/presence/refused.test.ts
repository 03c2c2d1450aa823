import { test } from 'tap'
import type { Fault } from '../../../local/index.ts'
import { startLocal } from '../../local.ts'
import { endLease, leftovers, nodesOf, startStill, until } from './upstash.ts'

test('what Redis refused was surely not done: the process goes on under the same id', async t => {
  const local = await startLocal(t)
  // However often the clock is moved below, the lease is not over.
  const { app, presence, clock, log } = await startStill(t, local, { lease: 2 ** 31 - 1 })
  const returns = () => log.lines.filter(({ msg }) => msg.endsWith('processes again')).length
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  const before = await nodesOf(app)
  t.equal(before.length, 1)
  const refusals: Fault[] = [{ kind: 'status', status: 401 }, { kind: 'status', status: 429 }, { kind: 'status', status: 429, retryAfter: 0 }, { kind: 'quota' }]
  for (const [index, refusal] of refusals.entries()) {
    await local.faults.set({ ...refusal, command: 'evalsha', times: 1 } as Fault)
    presence.connect({ userId: `user ${index}`, room: 'chat' })
    t.equal((await presence.count('chat')).source, 'local')
    await until(async () => { clock.advance(12_500); return returns() }, count => count === index + 1)
    t.strictSame(await nodesOf(app), before)
  }
  t.match(await presence.count('chat'), { total: 5, source: 'redis' })
})

test('a room whose key somebody else uses is known to each process alone, and all other rooms to all', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local)]
  const redis = b.app.upstash
  await redis?.send(['SET', 'presence:r:odd', 'foreign'])
  const watch = b.reader('chat')
  await watch.expect('snapshot')
  for (const room of ['odd', 'chat']) a.presence.connect({ userId: 'ann', room })
  t.match(await a.presence.count('chat'), { total: 1, source: 'redis' })
  await watch.expect('join ann online')
  t.match(await a.presence.list('odd'), { members: [{ userId: 'ann' }], source: 'local' })
  t.equal(await b.presence.setCustomStatus('ann', { text: 'lunch' }), true)
  await watch.expect('update ann online')
  const there = await redis?.send(['GET', 'presence:r:odd'])
  t.equal(there, 'foreign')
  await redis?.send(['DEL', 'presence:r:odd'])
  a.clock.advance(25_000)
  t.match(await until(async () => await b.presence.list('odd'), ({ total }) => total === 1), { members: [{ userId: 'ann' }], source: 'redis' })
})

test('who dies with a room whose key somebody else uses leaves nothing of his own', async t => {
  const local = await startLocal(t)
  const [dead, { app, presence }] = [await startStill(t, local), await startStill(t, local)]
  await app.upstash?.send(['SET', 'presence:r:odd', 'foreign'])
  for (const room of ['odd', 'chat']) dead.presence.connect({ userId: 'ann', room })
  await dead.presence.count('chat')
  await endLease(app)
  await until(async () => { await presence.list('chat'); return await leftovers(app) }, keys => keys.join() === 'presence:r:odd')
  t.equal((await presence.list('chat')).total, 0)
})
