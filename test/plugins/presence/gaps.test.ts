import { test } from 'tap'
import { startGate } from '../../gate.ts'
import { startLocal } from '../../local.ts'
import { QUICK, startStill, startUpstash, until } from './upstash.ts'

test('a subscription that ends without a word loses nothing', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local)]
  const watch = b.reader('chat')
  await watch.expect('snapshot')
  for (const userId of ['ann', 'bob', 'cleo']) {
    await local.faults.set({ kind: 'end-streams' })
    a.presence.connect({ userId, room: 'chat' })
    await a.presence.count('chat')
    await local.faults.set(null)
    await watch.expect(`join ${userId} online`)
  }
})

test('what happens while the first state is on its way and the subscription is cut off is told', async t => {
  const local = await startLocal(t)
  const gate = await startGate(t, local)
  const [other, { app, reader }] = [await startStill(t, local), await startStill(t, gate, {}, { timeLimit: 20_000 })]
  // From now on Redis knows the script.
  await other.reader('chat').expect('snapshot')
  const state = gate.hold('EVALSHA', 'reply')
  const first = reader('chat').next()
  await state.here
  const subscriptions = () => app.upstash?.stats().subscriptions
  await local.faults.set({ kind: 'end-streams' })
  await until(async () => subscriptions()?.open, open => open === 0)
  other.presence.connect({ userId: 'ann', room: 'chat' })
  t.equal((await other.presence.count('chat')).total, 1)
  await local.faults.set(null)
  await until(async () => subscriptions()?.open, open => open === 1)
  state.goOn()
  t.match(await first, { type: 'snapshot', total: 1 })
})

test('what is told while the state of a further room is on its way comes after it', async t => {
  const local = await startLocal(t)
  const gate = await startGate(t, local)
  const [a, { reader }] = [await startStill(t, local), await startStill(t, gate, {}, { timeLimit: 20_000 })]
  const come = async (userId: string, room: string) => {
    a.presence.connect({ userId, room })
    await a.presence.count(room)
  }
  const chat = reader('chat')
  await chat.expect('snapshot')
  await come('ann', 'chat')
  await chat.expect('join ann online')
  const state = gate.hold('EVALSHA', 'reply')
  const first = reader('other').next()
  await state.here
  await come('bob', 'other')
  await come('cleo', 'chat')
  await chat.expect('join cleo online')
  state.goOn()
  t.match(await first, { type: 'snapshot', members: [{ userId: 'bob' }], total: 1 })
})

test('where there is no subscription at all, the beats tell', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'status', status: 500, command: 'subscribe' })
  const [a, b] = [await startStill(t, local), await startStill(t, local)]
  const watch = b.reader('chat')
  await watch.expect('snapshot')
  const come = async (userId: string) => {
    a.presence.connect({ userId, room: 'chat' })
    await a.presence.count('chat')
  }
  for (const userId of ['ann', 'bob']) {
    await come(userId)
    b.clock.advance(25_000)
    await watch.expect(`join ${userId} online`)
  }
  await local.faults.set(null)
  await come('cleo')
  await watch.expect('join cleo online')
})

test('who watches from before what the stream still has gets a snapshot', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local, { backlog: 2 }), await startStill(t, local, { backlog: 2 })]
  const first = b.reader('chat')
  await first.expect('snapshot')
  const { lastId } = first
  for (const userId of ['ann', 'bob', 'cleo', 'dan', 'eve']) {
    a.presence.connect({ userId, room: 'chat' })
    a.clock.advance(5)
    await first.expect(`join ${userId} online`)
  }
  await b.reader('chat', lastId).expect('snapshot ann bob cleo dan eve')
  await b.reader('chat', first.lastId.replace(/^\d+/, '1')).expect('snapshot ann bob cleo dan eve')
})

test('a beat that finds more than the stream still has gives a snapshot, and so does a gap', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'status', status: 500, command: 'subscribe' })
  const [a, b] = [await startUpstash(t, local, { ...QUICK, backlog: 2 }), await startStill(t, local, { backlog: 2 }, { timeLimit: 300 })]
  const watch = b.reader('chat')
  await watch.expect('snapshot')
  const come = async (...userIds: string[]) => {
    for (const userId of userIds) {
      a.presence.connect({ userId, room: 'chat' })
      await a.presence.count('chat')
    }
  }
  await come('ann', 'bob', 'cleo', 'dan')
  b.clock.advance(25_000)
  await watch.expect('snapshot ann bob cleo dan')
  await come('eve')
  // The stream of events comes back, and with it what was missed.
  await local.faults.set(null)
  await until(async () => b.app.upstash?.stats().subscriptions.open, open => open === 1)
  await come('fay')
  const seen = new Set<string>()
  await until(async () => {
    const event = await watch.next()
    if (event.type === 'snapshot') event.members.forEach(({ userId }) => seen.add(userId))
    else if (event.type === 'join') seen.add(event.member.userId)
    return seen
  }, () => seen.has('eve') && seen.has('fay'))
})

test('another process goes on where the first one ended', async t => {
  const local = await startLocal(t)
  const [a, b, c] = [await startStill(t, local), await startStill(t, local), await startStill(t, local)]
  const first = b.reader('chat')
  await first.expect('snapshot')
  const { lastId } = first
  const ann = a.presence.connect({ userId: 'ann', room: 'chat' })
  a.presence.connect({ userId: 'bob', room: 'chat' })
  a.clock.advance(5)
  await first.expect('join ann online')
  const afterAnn = first.lastId
  await first.expect('join bob online')
  b.presence.connect({ userId: 'bob', room: 'chat' })
  b.clock.advance(5)
  await until(async () => await a.presence.get('bob'), ({ connections }) => connections === 2)
  ann.close()
  a.clock.advance(5)
  await first.expect('leave ann')
  await c.reader('chat', afterAnn).expect('join bob online', 'leave ann')
  await c.reader('chat', lastId).expect('join ann online', 'join bob online', 'leave ann')
  await c.reader('chat', afterAnn).expect('join bob online', 'leave ann')
  t.match(c.presence.stats(), { watches: { open: 3, resumed: 3 } })
})

test('a custom status is the user\'s, whichever process he is at and whichever sets it, and ends by itself', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local)]
  a.clock.suspend(Date.now() - a.clock.now())
  b.clock.suspend(Date.now() - b.clock.now())
  const watch = b.reader('chat')
  await watch.expect('snapshot')
  a.presence.connect({ userId: 'ann', room: 'chat' })
  a.clock.advance(5)
  await watch.expect('join ann online')
  t.equal(await b.presence.setCustomStatus('ann', { text: 'lunch', emoji: '🍜' }), true)
  t.match(await watch.next(), { type: 'update', member: { customStatus: { text: 'lunch', emoji: '🍜' } } })
  b.presence.connect({ userId: 'ann', room: 'other' })
  t.equal((await b.presence.count('other')).total, 1)
  t.match((await a.presence.list('other')).members, [{ customStatus: { text: 'lunch' } }])
  t.equal(await a.presence.setCustomStatus('ann', null), true)
  t.match(await watch.next(), { type: 'update', member: { customStatus: undefined } })
  t.equal((await a.presence.list('other')).members[0]?.customStatus, undefined)
  t.equal(await b.presence.setCustomStatus('nobody', { text: 'here' }), false)
  const expiresAt = a.clock.now() + 1_000
  t.equal(await a.presence.setCustomStatus('ann', { text: 'soon', expiresAt }), true)
  t.match(await watch.next(), { type: 'update', member: { customStatus: { text: 'soon', expiresAt } } })
  const bob = b.presence.connect({ userId: 'bob', room: 'chat' })
  await b.presence.count('chat')
  await watch.expect('join bob online')
  t.equal(await b.presence.setCustomStatus('bob', { text: 'later', expiresAt: b.clock.now() + 100_000 }), true)
  await watch.expect('update bob online')
  b.clock.advance(2_000)
  t.match(await watch.next(), { type: 'update', member: { userId: 'ann', customStatus: undefined } })
  t.equal((await b.presence.get('ann')).customStatus, undefined)
  bob.close()
})

test('without the room of everybody, a custom status reaches the rooms of the process that sets it', async t => {
  const local = await startLocal(t)
  const { presence } = await startStill(t, local, { everywhere: false })
  presence.connect({ userId: 'ann', room: 'chat' })
  t.equal(await presence.setCustomStatus('ann', { text: 'lunch' }), true)
  t.match(await presence.get('ann', 'chat'), { customStatus: { text: 'lunch' } })
  t.equal(await presence.setCustomStatus('bob', { text: 'lunch' }), false)
  t.equal((await presence.get('bob', 'chat')).state, 'offline')
})

test('what somebody else wrote under our names counts for nothing', async t => {
  const local = await startLocal(t)
  const { app, presence, reader, clock } = await startStill(t, local)
  const redis = app.upstash
  await redis?.send(['HSET', 'presence:r:chat', 'ann', 'x {', 'bob', 'x [1]', 'cleo', '= 5\nx ["online",1,1,[],[]]', 'dan', '', 'eve', 'x "online"'])
  t.match(await presence.list('chat'), { members: [{ userId: 'cleo', state: 'online', since: 1 }], total: 1 })
  const watch = reader('chat')
  await watch.expect('snapshot cleo')
  await redis?.send(['PUBLISH', 'presence:ev', 'no entry'])
  for (const text of ['![1', '!{}', '![1,2,3]', '!["chat",2,3]', '!["chat","ann",3]', '1-1 5', 'x []']) await redis?.send(['PUBLISH', 'presence:ev', text])
  await redis?.send(['XADD', 'presence:ev', '*', 'd', '{'])
  presence.connect({ userId: 'fay', room: 'chat' })
  clock.advance(5)
  await watch.expect('join fay online')
  await redis?.send(['XADD', 'presence:ev', '*', 'd', '{'])
  const { total } = presence.stats().snapshots
  clock.advance(25_000)
  await until(async () => local.stats().byCommand['xrange'], count => Number(count) > 0)
  t.equal(presence.stats().snapshots.total, total)
})
