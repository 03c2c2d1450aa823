import { test } from 'tap'
import type { ClosablePresence } from '../../../plugins/presence/index.ts'
import { startGate } from '../../gate.ts'
import { startLocal } from '../../local.ts'
import { endLease, nodesOf, startStill, until } from './upstash.ts'

const LIMIT = 600_000

test('while Redis stalls, the close takes one time limit, and says nothing after it', async t => {
  const local = await startLocal(t)
  const gate = await startGate(t, local)
  const [{ app, presence, clock }, other] = [await startStill(t, gate, {}, { timeLimit: LIMIT }), await startStill(t, local)]
  for (const userId of ['ann', 'bob']) presence.connect({ userId, room: 'chat' })
  await presence.count('chat')
  const write = gate.hold('EVALSHA', 'reply')
  presence.connect({ userId: 'cleo', room: 'chat' })
  clock.advance(5)
  await write.here
  const closing = (presence as ClosablePresence).close()
  clock.advance(LIMIT)
  await closing
  t.equal(clock.timers, 0)
  write.goOn()
  await write.executed
  // Its reply, too, is there before this one's.
  await app.upstash?.send(['PING'])
  await app.close()
  t.equal((await nodesOf(other.app)).length, 1, 'the lease goes on, so that all are found when it ends')
  await endLease(other.app)
  other.clock.advance(25_000)
  await until(async () => await other.presence.list('chat'), ({ total }) => total === 0)
})

test('a close that is done in time waits for nothing', async t => {
  const local = await startLocal(t)
  const [{ presence, clock }, other] = [await startStill(t, local), await startStill(t, local)]
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  await (presence as ClosablePresence).close()
  t.equal(clock.timers, 0)
  t.equal((await other.presence.list('chat')).total, 0)
})
