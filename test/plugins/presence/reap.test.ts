import { test } from 'tap'
import { startGate } from '../../gate.ts'
import { startLocal } from '../../local.ts'
import { endLease, leftovers, nodesOf, startStill, until } from './upstash.ts'

test('a process that was late, and beats before it is buried, goes on', async t => {
  const local = await startLocal(t)
  const gate = await startGate(t, local)
  const [late, other] = [await startStill(t, local), await startStill(t, gate, {}, { timeLimit: 20_000 })]
  const watch = other.reader('chat')
  await watch.expect('snapshot')
  // One who is dead indeed: from now on Redis knows the script.
  await late.app.upstash?.send(['ZADD', 'presence:n', 1, 'dead'])
  other.clock.advance(25_000)
  await until(async () => local.stats().byCommand['zrem'], count => Number(count) > 1)
  late.presence.connect({ userId: 'ann', room: 'chat' })
  await late.presence.count('chat')
  await watch.expect('join ann online')
  const [node = '', ...others] = await nodesOf(late.app)
  t.strictSame(others, [])
  await endLease(late.app)
  const beat = gate.hold('EVALSHA', 'reply')
  other.clock.advance(25_000)
  await beat.here
  const burial = gate.hold('EVALSHA')
  beat.goOn()
  await burial.here
  late.clock.advance(25_000)
  await until(async () => await late.app.upstash?.send(['ZSCORE', 'presence:n', node]), end => Number(end) > 1)
  burial.goOn()
  await burial.executed
  t.strictSame(await nodesOf(late.app), [node])
  late.presence.connect({ userId: 'bob', room: 'chat' })
  await late.presence.count('chat')
  await watch.expect('join bob online')
})

test('who comes first to a process finds the dead, though it has not beaten yet', async t => {
  const local = await startLocal(t)
  const [dead, { app, presence }] = [await startStill(t, local), await startStill(t, local)]
  dead.presence.connect({ userId: 'ann', room: 'chat' })
  await dead.presence.count('chat')
  await endLease(app)
  presence.connect({ userId: 'bob', room: 'chat' })
  await presence.count('chat')
  const { members } = await until(async () => await presence.list('chat'), ({ total }) => total === 1)
  t.match(members, [{ userId: 'bob' }])
})

test('who dies while more leave a room than one request takes is found there', async t => {
  const local = await startLocal(t)
  const gate = await startGate(t, local)
  const options = { everywhere: false }
  const [dead, { app, presence, clock }] = [await startStill(t, gate, options, { timeLimit: 20_000 }), await startStill(t, local, options)]
  const connections = Array.from({ length: 1500 }, (_, index) => dead.presence.connect({ userId: `user ${index}`, room: 'chat' }))
  t.equal((await dead.presence.count('chat')).total, 1500)
  const part = gate.hold('EVALSHA', 'reply')
  for (const connection of connections) connection.close()
  dead.clock.advance(5)
  await part.here
  await local.faults.set({ kind: 'status', status: 500, command: 'evalsha' })
  part.goOn()
  await dead.log.has(/alone/)
  await local.faults.set(null)
  t.equal((await presence.count('chat')).total, 500)
  await endLease(app)
  clock.suspend(25_000)
  await until(async () => { await presence.list('chat'); return await leftovers(app) }, keys => keys.length === 0)
  t.equal((await presence.list('chat')).total, 0)
})

test('an own node that was given up is emptied at once, also where the answer to its burial is lost', async t => {
  const local = await startLocal(t)
  const gate = await startGate(t, local)
  const [a, b] = [await startStill(t, gate, {}, { timeLimit: 20_000 }), await startStill(t, local)]
  // From now on Redis knows the script.
  await b.app.upstash?.send(['ZADD', 'presence:n', 1, 'dead'])
  b.presence.connect({ userId: 'cleo', room: 'lobby' })
  await b.presence.count('lobby')
  await until(async () => await nodesOf(b.app), nodes => nodes.length === 1)
  a.presence.connect({ userId: 'ann', room: 'chat' })
  await a.presence.count('chat')
  await local.faults.set({ kind: 'drop-reply', command: 'evalsha', times: 1 })
  const bob = a.presence.connect({ userId: 'bob', room: 'chat' })
  a.clock.advance(5)
  await a.log.has(/alone/)
  bob.close()
  const entered = gate.hold('EVALSHA', 'reply')
  a.clock.advance(25_000)
  await entered.here
  const written = gate.hold('EVALSHA', 'reply')
  entered.goOn()
  await written.here
  await local.faults.set({ kind: 'drop-reply', command: 'evalsha', times: 1 })
  written.goOn()
  await until(async () => local.faults.current().length, count => count === 0)
  await until(async () => { a.clock.advance(12_500); return a.log.lines.some(({ msg }) => msg.endsWith('processes again')) }, isBack => isBack)
  t.match(await b.presence.list('chat'), { members: [{ userId: 'ann' }], total: 1 })
  t.equal((await nodesOf(b.app)).length, 2)
})

test('a room that cannot be emptied is tried again when the lease of the grave is over', async t => {
  const local = await startLocal(t)
  const [dead, { app, presence, clock }] = [await startStill(t, local), await startStill(t, local)]
  // Its first room is emptied by itself, and `*`, which is the one that writes who was last seen, with the rest.
  dead.presence.connect({ userId: 'ann', room: '!' })
  await dead.presence.count('!')
  await app.upstash?.send(['SET', 'presence:seen', 'foreign'])
  await endLease(app)
  await presence.list('!')
  const [grave = ''] = await until(async () => await nodesOf(app), nodes => nodes.some(node => node.includes('~')))
  await until(async () => local.stats().byCommand['hdel'], count => count === 2)
  await app.upstash?.send(['DEL', 'presence:seen'])
  t.strictSame(await nodesOf(app), [grave])
  await endLease(app)
  clock.suspend(25_000)
  await until(async () => { await presence.list('!'); return await leftovers(app) }, keys => keys.length === 0)
})
