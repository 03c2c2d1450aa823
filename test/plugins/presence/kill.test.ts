import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'tap'
import { startLocal } from '../../local.ts'
import { leftovers, startStill, until } from './upstash.ts'

// Those of the child as well.
const [BEAT, LEASE] = [250, 1000]

test('a process that is killed is gone for the others within its lease and one beat', async t => {
  const local = await startLocal(t)
  const { app, clock, reader } = await startStill(t, local, { beat: BEAT, lease: LEASE }, { timeLimit: 20_000 })
  const redis = app.upstash
  const now = async () => {
    const [seconds, microseconds] = await redis?.send<string[]>(['TIME']) ?? []
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
  }
  const watch = reader('chat')
  await watch.expect('snapshot')
  const args = [local.url, local.token, String(BEAT), String(LEASE), 'chat', 'ann', 'bob']
  const child = fork(new URL('./presence-child.ts', import.meta.url), args)
  t.after(() => { if (child.connected) child.disconnect() })
  await once(child, 'message')
  await watch.expect('join ann online', 'join bob online')
  child.kill('SIGKILL')
  await once(child, 'exit')
  // A beat that it sent may be under way.
  await local.settled()
  const [node = '', end = ''] = await redis?.send<string[]>(['ZRANGE', 'presence:n', 0, -1, 'WITHSCORES']) ?? []
  t.ok(node)
  // Redis's clock alone counts, so that it does not matter how fast this machine is.
  t.ok(Number(end) <= await now() + LEASE)
  await until(now, time => time > Number(end))
  clock.advance(BEAT)
  const leaves = [await watch.next(), await watch.next()]
  t.match(leaves, [{ type: 'leave', userId: 'ann' }, { type: 'leave', userId: 'bob' }])
  t.ok(leaves.every(({ asOf }) => asOf > Number(end)), 'not before the lease is over')
  await until(async () => await leftovers(app), keys => keys.length === 0)
})
