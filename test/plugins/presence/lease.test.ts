import { test } from 'tap'
import { startLocal } from '../../local.ts'
import { leftovers, QUICK, startStill, startUpstash, until } from './upstash.ts'

test('two processes are one presence: each sees who is at the other', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startUpstash(t, local, QUICK), await startUpstash(t, local, QUICK)]
  const watch = b.reader('chat')
  t.match(await watch.next(), { type: 'snapshot', total: 0, source: 'redis', complete: true })
  const ann = a.presence.connect({ userId: 'ann', room: 'chat', meta: { name: 'Ann', lone: '\ud800' } })
  t.match(await watch.next(), { type: 'join', member: { userId: 'ann', state: 'online', connections: 1, meta: { name: 'Ann', lone: '\ud800' } } })
  t.match(await b.presence.list('chat'), { members: [{ userId: 'ann' }], total: 1, complete: true, source: 'redis' })
  t.match(await b.presence.count('chat'), { total: 1, source: 'redis' })
  t.match(await b.presence.get('ann'), { state: 'online', connections: 1 })
  const again = b.presence.connect({ userId: 'ann', room: 'chat', status: 'busy' })
  await watch.expect('update ann busy')
  ann.close()
  await until(async () => await b.presence.get('ann'), ({ connections }) => connections === 1)
  again.update({ status: 'away' })
  await watch.expect('update ann away')
  again.close()
  await watch.expect('leave ann')
  const { state, lastSeen = 0 } = await a.presence.get('ann')
  t.equal(state, 'offline')
  t.ok(Math.abs(Date.now() - lastSeen) < 60_000)
  t.strictSame([...(await a.presence.getMany([])).keys()], [])
})

test('a user at two processes comes once and goes once, and one who moves within the grace does neither', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local, { grace: 5000 }), await startStill(t, local, { grace: 5000 })]
  const watch = b.reader('chat')
  await watch.expect('snapshot')
  const write = async () => { for (const { presence } of [a, b]) await presence.count('chat') }
  const [tab, other] = [a.presence.connect({ userId: 'ann', room: 'chat' }), b.presence.connect({ userId: 'ann', room: 'chat' })]
  await write()
  tab.close()
  a.clock.advance(5000)
  await write()
  // The load balancer sends her reload to the other process.
  other.close()
  const reloaded = a.presence.connect({ userId: 'ann', room: 'chat' })
  await write()
  b.clock.advance(5000)
  await write()
  reloaded.close()
  await write()
  a.clock.advance(5000)
  await write()
  await watch.expect('join ann online', 'leave ann')
  t.equal(b.presence.stats().events.update, 0)
})

test('a process that is gone is reaped by another: no ghost, and no key is left', async t => {
  const local = await startLocal(t)
  const [dead, other] = [await startStill(t, local, QUICK), await startUpstash(t, local, QUICK)]
  const watch = other.reader('chat')
  await watch.expect('snapshot')
  for (const userId of ['ann', 'bob']) dead.presence.connect({ userId, room: 'chat' })
  other.presence.connect({ userId: 'bob', room: 'chat' })
  dead.clock.advance(5)
  const joined = [await watch.next(), await watch.next()].map(event => event.type)
  t.strictSame(joined, ['join', 'join'])
  // Its clock stands still: no beat is sent.
  await watch.expect('leave ann')
  t.match(await other.presence.get('bob', 'chat'), { state: 'online', connections: 1 })
  t.equal((await other.presence.get('ann')).state, 'offline')
  t.ok((await other.presence.get('ann')).lastSeen)
  other.leave()
  await other.app.close()
  const late = await startUpstash(t, local, QUICK)
  t.strictSame(await leftovers(late.app), [])
  // It wakes up, finds itself dead, and asserts whom it has.
  const back = late.reader('chat')
  await back.expect('snapshot')
  dead.clock.advance(100)
  await back.next()
  await back.next()
  t.match(await late.presence.list('chat'), { total: 2 })
})

test('what arrives a second time, after what came next, undoes nothing, and no room is forgotten', async t => {
  const local = await startLocal(t)
  const [dead, reader] = [await startStill(t, local, QUICK), await startStill(t, local)]
  const write = async (work: () => unknown) => { work(); await dead.presence.count('chat') }
  const twice = async (work: () => unknown) => {
    await local.faults.set({ kind: 'duplicate', ms: 100, command: 'evalsha', times: 1 })
    await write(work)
  }
  let ann = dead.presence.connect({ userId: 'ann', room: 'chat' })
  await write(() => {})
  await write(() => ann.close())
  await twice(() => { ann = dead.presence.connect({ userId: 'ann', room: 'chat' }) })
  await write(() => ann.close())
  await local.settled()
  t.equal((await reader.presence.list('chat')).total, 0, 'she has left')
  ann = dead.presence.connect({ userId: 'ann', room: 'chat' })
  await write(() => {})
  await twice(() => ann.close())
  await write(() => dead.presence.connect({ userId: 'bob', room: 'chat' }))
  await local.settled()
  t.match(await reader.presence.list('chat'), { members: [{ userId: 'bob' }], total: 1 })
  const { app, presence } = await startUpstash(t, local, QUICK)
  await until(async () => { await presence.list('chat'); return await leftovers(app) }, keys => !keys.some(key => key.includes('nr:')))
  t.equal((await presence.list('chat')).total, 0, 'his room was known')
  t.strictSame(await leftovers(app), [])
})

test('a reader finds the dead, though it holds nobody and does not beat', async t => {
  const local = await startLocal(t)
  const [dead, reader] = [await startStill(t, local, QUICK), await startUpstash(t, local, QUICK)]
  dead.presence.connect({ userId: 'ann', room: 'chat' })
  t.equal((await dead.presence.count('chat')).total, 1)
  await until(async () => await reader.presence.list('chat'), ({ total }) => total === 0)
  t.strictSame(await leftovers(reader.app), [])
})

test('a grave that was not emptied is buried in turn', async t => {
  const local = await startLocal(t)
  const [dead, reaper] = [await startStill(t, local, QUICK), await startUpstash(t, local, QUICK)]
  dead.presence.connect({ userId: 'ann', room: 'chat' })
  t.equal((await dead.presence.count('chat')).total, 1)
  const nodes = await reaper.app.upstash?.send<string[]>(['ZRANGE', 'presence:n', 0, -1]) ?? []
  t.equal(nodes.length, 1)
  // As somebody leaves it who dies while he reaps.
  const grave = `${nodes[0]}~1`
  await reaper.app.upstash?.batch([['RENAME', `presence:nr:${nodes[0]}`, `presence:nr:${grave}`], ['ZREM', 'presence:n', nodes[0] ?? ''], ['ZADD', 'presence:n', 1, grave]])
  await until(async () => await reaper.presence.list('chat'), ({ total }) => total === 0)
  t.strictSame(await leftovers(reaper.app), [])
})

test('clocks that are 90 seconds apart change nothing', async t => {
  const local = await startLocal(t)
  const [early, late] = [await startStill(t, local), await startStill(t, local)]
  early.clock.suspend(Date.now() - early.clock.now() - 90_000)
  late.clock.suspend(Date.now() - late.clock.now() + 90_000)
  early.presence.connect({ userId: 'ann', room: 'chat' })
  t.equal((await early.presence.count('chat')).total, 1)
  late.presence.connect({ userId: 'bob', room: 'chat' })
  t.equal((await late.presence.count('chat')).total, 2)
  for (const { presence } of [early, late]) {
    const { members, asOf } = await presence.list('chat')
    t.strictSame(members.map(({ userId }) => userId), ['ann', 'bob'])
    for (const time of [asOf, ...members.map(({ since }) => since)]) t.ok(Math.abs(time - Date.now()) < 60_000)
  }
  // Shown until it ends by the clock of whoever set it.
  await early.presence.setCustomStatus('ann', { text: 'lunch', expiresAt: early.clock.now() + 60_000 })
  t.match((await late.presence.get('ann')).customStatus, { text: 'lunch' })
})

test('the close of a process takes all its users out at once', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startUpstash(t, local, { ...QUICK, grace: 10_000 }), await startUpstash(t, local, QUICK)]
  const watch = b.reader('*')
  await watch.expect('snapshot')
  for (const userId of ['ann', 'bob', 'cleo']) a.presence.connect({ userId, room: 'chat' })
  await watch.expect('join ann online', 'join bob online', 'join cleo online')
  await a.app.close()
  await watch.expect('leave ann', 'leave bob', 'leave cleo')
  t.strictSame(await leftovers(b.app), [])
  await a.app.close()
})

test('who is invisible is written nowhere, and a lease without anybody is given up', async t => {
  const local = await startLocal(t)
  const { app, presence, clock } = await startStill(t, local)
  const ann = presence.connect({ userId: 'ann', room: 'chat', status: 'invisible' })
  clock.advance(60_000)
  t.equal((await presence.list('chat')).total, 0)
  ann.update({ status: 'online' })
  t.equal((await presence.count('chat')).total, 1)
  ann.close()
  t.equal((await presence.count('chat')).total, 0)
  clock.advance(25_000)
  await until(async () => await leftovers(app), keys => keys.length === 0)
  local.resetStats()
  clock.advance(600_000)
  t.equal(local.stats().roundTrips, 0)
})
