import { test } from 'tap'
import { startLocal } from '../../local.ts'
import { startStill, until } from './upstash.ts'
import { Witness } from './witness.ts'

test('who missed as many events as may wait is told each, and who missed one more gets a snapshot and nothing before it', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local, { backlog: 3 })]
  const first = b.reader('chat')
  await first.expect('snapshot')
  const { lastId } = first
  // Of one batch, and so of one entry: the stream has all of it.
  for (const userId of ['ann', 'bob', 'cleo']) a.presence.connect({ userId, room: 'chat' })
  a.clock.advance(5)
  await first.expect('join ann online', 'join bob online', 'join cleo online')
  await b.reader('chat', lastId).expect('join ann online', 'join bob online', 'join cleo online')
  a.presence.connect({ userId: 'dan', room: 'chat' })
  a.clock.advance(5)
  await first.expect('join dan online')
  const late = b.reader('chat', lastId)
  await late.expect('snapshot ann bob cleo dan')
  t.match(b.presence.stats(), { watches: { total: 3, resumed: 1 }, dropped: 0 })
  a.presence.connect({ userId: 'eve', room: 'chat' })
  a.clock.advance(5)
  await late.expect('join eve online')
})

test('a watch whose stream is cut off, while more happens than is kept, goes on with a snapshot and knows the truth', async t => {
  const local = await startLocal(t)
  const backlog = 4
  const [a, other, b] = [await startStill(t, local, { backlog }), await startStill(t, local, { backlog }), await startStill(t, local, { backlog })]
  const witness = new Witness('chat', () => {})
  await witness.come(b.presence)
  const truth = async () => (await a.presence.list('chat')).members.map(({ userId, state }) => `${userId} ${state}`).sort()
  const subscriptions = () => b.app.upstash?.stats().subscriptions
  /** Each step is two entries of the stream: somebody comes, and is busy then, or goes. */
  const happen = async (from: number, to: number) => {
    for (let step = from; step < to; step++) {
      const { presence } = step % 3 === 0 ? other : a
      const connection = presence.connect({ userId: `user ${step}`, room: 'chat' })
      await presence.count('chat')
      if (step % 2 === 0) connection.update({ status: 'busy' })
      else connection.close()
      await presence.count('chat')
    }
  }
  await happen(0, 5)
  await until(async () => String(witness.members) === String(await truth()), is => is)
  const { snapshots: { total } } = b.presence.stats()
  for (const round of [1, 2]) {
    await local.faults.set([{ kind: 'status', status: 500, command: 'subscribe' }, { kind: 'end-streams' }])
    await until(async () => subscriptions()?.open, open => open === 0)
    await happen(100 * round, 100 * round + 9)
    t.notSame(witness.members, await truth())
    await local.faults.set(null)
    // It goes on while the stream comes back.
    await happen(100 * round + 9, 100 * round + 18)
    await until(async () => String(witness.members) === String(await truth()), is => is)
  }
  t.ok(b.presence.stats().snapshots.total >= total + 2)
  t.strictSame(witness.mistakes, [])
})
