import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'tap'
import { startLocal } from '../../local.ts'
import { leftovers, startStill, until } from './upstash.ts'

test('a process that is killed is gone for the others at their first beat after the end of its lease', async t => {
  const local = await startLocal(t)
  const { app, clock, reader } = await startStill(t, local, { beat: 1000, lease: 3000 })
  const redis = app.upstash
  const watch = reader('chat')
  await watch.expect('snapshot')
  const child = fork(new URL('./presence-child.ts', import.meta.url), [local.url, local.token, 'chat', 'ann', 'bob'])
  t.after(() => { if (child.connected) child.disconnect() })
  await once(child, 'message')
  await watch.expect('join ann online', 'join bob online')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const [node = '', end = ''] = await redis?.send<string[]>(['ZRANGE', 'presence:n', 0, -1, 'WITHSCORES']) ?? []
  t.ok(node)
  await until(async () => await redis?.send<string[]>(['TIME']), time => Number(time?.[0]) * 1000 > Number(end))
  clock.advance(1000)
  await watch.expect('leave ann', 'leave bob')
  await until(async () => await leftovers(app), keys => keys.length === 0)
})
