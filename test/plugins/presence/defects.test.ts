import { test } from 'tap'
import type { ClosablePresence } from '../../../plugins/presence/index.ts'
import { startLocal } from '../../local.ts'
import { QUICK, startStill, startUpstash, until } from './upstash.ts'

// What once went wrong, each in the order of events in which it did.

const ZED = '[["chat","zed",false,"x [\\"online\\",1,1,[],[]]"]]'

test('a watch that begins while the state is read for one that has ended is told what happens', async t => {
  const local = await startLocal(t)
  const { app, presence, clock, reader } = await startStill(t, local)
  const gone = new AbortController()
  presence.watch('chat', { signal: gone.signal })[Symbol.asyncIterator]().next()
  gone.abort()
  const watch = reader('chat')
  t.match(await watch.next(), { type: 'snapshot', source: 'redis' })
  presence.connect({ userId: 'ann', room: 'chat' })
  clock.advance(5)
  await watch.expect('join ann online')
  t.equal(app.upstash?.stats().subscriptions.open, 1)
})

test('a watch that ends while the state is read leaves no subscription behind', async t => {
  const local = await startLocal(t)
  const { app, presence } = await startStill(t, local)
  await local.faults.set({ kind: 'delay', ms: 200, command: 'evalsha', times: 1 })
  const gone = new AbortController()
  presence.watch('chat', { signal: gone.signal })[Symbol.asyncIterator]().next()
  await until(async () => local.faults.current().length, count => count === 0)
  gone.abort()
  await local.settled()
  await until(async () => app.upstash?.stats().subscriptions.open, open => open === 0)
  await presence.list('chat')
  t.equal(app.upstash?.stats().subscriptions.open, 0)
})

test('the close ends a watch that waits for its first event', async t => {
  const local = await startLocal(t)
  const { presence } = await startStill(t, local)
  const first = presence.watch('chat', { signal: new AbortController().signal })[Symbol.asyncIterator]().next();
  (presence as ClosablePresence).endWatches()
  t.match(await first, { done: true })
})

test('who comes back to a process that knows less than he does sees nothing twice', async t => {
  const local = await startLocal(t)
  const a = await startStill(t, local)
  const watch = a.reader('chat')
  await watch.expect('snapshot')
  await local.faults.set({ kind: 'status', status: 500, command: 'subscribe' })
  const b = await startStill(t, local, {}, { timeLimit: 300 })
  const lagging = b.reader('chat')
  await lagging.expect('snapshot')
  a.presence.connect({ userId: 'ann', room: 'chat' })
  a.clock.advance(5)
  await watch.expect('join ann online')
  // Not known yet at b, so it begins anew.
  t.equal((await b.reader('chat', watch.lastId).next()).type, 'snapshot')
})

test('who comes back after a custom status ended is told so', async t => {
  const local = await startLocal(t)
  const { presence, clock, reader } = await startStill(t, local)
  clock.suspend(Date.now() - clock.now())
  const watch = reader('chat')
  await watch.expect('snapshot')
  presence.connect({ userId: 'ann', room: 'chat' })
  clock.advance(5)
  await watch.expect('join ann online')
  await presence.setCustomStatus('ann', { text: 'soon', expiresAt: clock.now() + 1000 })
  t.match(await watch.next(), { type: 'update', member: { customStatus: { text: 'soon' } } })
  const { lastId } = watch
  clock.advance(2000)
  t.match(await watch.next(), { type: 'update', member: { customStatus: undefined } })
  t.match(await reader('chat', lastId).next(), { type: 'update', member: { userId: 'ann', customStatus: undefined } })
})

test('where the stream itself is gone, a watch of another room begins anew, and is asked for a few times at most', async t => {
  const local = await startLocal(t)
  const { app, presence, clock, reader } = await startStill(t, local)
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  const watch = reader('chat')
  await watch.expect('snapshot ann')
  await app.upstash?.send(['DEL', 'presence:ev'])
  local.resetStats()
  await reader('other').expect('snapshot')
  await watch.expect('snapshot ann')
  t.ok(Number(local.stats().byCommand['evalsha']) <= 5)
  presence.connect({ userId: 'bob', room: 'chat' })
  clock.advance(5)
  await watch.expect('join bob online')
})

test('of a room that could not be read, what happens here is told', async t => {
  const local = await startLocal(t)
  const { presence, reader } = await startStill(t, local)
  await local.faults.set({ kind: 'status', status: 500, command: 'evalsha', times: 1 })
  const watch = reader('chat')
  t.match(await watch.next(), { type: 'snapshot', source: 'local' })
  presence.connect({ userId: 'ann', room: 'chat' })
  await watch.expect('join ann online')
})

test('what is told in the turn in which somebody comes back is not missed', async t => {
  const local = await startLocal(t)
  const { app, presence, reader } = await startStill(t, local)
  const chat = reader('chat')
  await chat.expect('snapshot')
  await app.upstash?.send(['PUBLISH', 'presence:ev', `1-1 ${ZED}`])
  await chat.next()
  for (let turns = 0; turns < 16; turns++) {
    const { lastId } = chat
    const joins = Array.from({ length: 6 }, (_, index) => `zed${turns}.${index}`)
    const told = app.upstash?.batch(joins.map((name, index) => ['PUBLISH', 'presence:ev', `${turns + 2}-${index} ${ZED.replace('zed', name)}`]))
    const first = chat.next()
    await first
    for (let turn = 0; turn < turns; turn++) await undefined
    const back = presence.watch('chat', { signal: AbortSignal.timeout(10_000), lastEventId: lastId })[Symbol.asyncIterator]()
    for (const name of joins) t.match(await back.next(), { value: { type: 'join', member: { userId: name } } })
    await back.return?.()
    await told
    for (let index = 1; index < joins.length; index++) await chat.next()
  }
})

test('a snapshot of what the subscription has not told yet is as of then', async t => {
  const local = await startLocal(t)
  const { app, reader } = await startStill(t, local)
  await reader('chat').expect('snapshot')
  const id = await app.upstash?.send<string>(['XADD', 'presence:ev', '*', 'd', ZED])
  const other = reader('other')
  local.resetStats()
  await other.expect('snapshot')
  t.ok(other.lastId.startsWith(`${id}-`))
  t.equal(local.stats().byCommand['evalsha'], 1, 'it was asked for once')
})

test('a user of a room whose name somebody else uses is unknown', async t => {
  const local = await startLocal(t)
  const { app, presence } = await startStill(t, local)
  await app.upstash?.send(['SET', 'presence:r:odd', 'foreign'])
  t.match(await presence.get('ann', 'odd'), { state: 'unknown' })
  t.match(await presence.list('odd'), { source: 'local', total: 0 })
})

test('what is asked while the app closes holds up nothing', async t => {
  const local = await startLocal(t)
  const { presence } = await startStill(t, local)
  presence.connect({ userId: 'ann', room: 'chat' })
  const [list] = await Promise.all([presence.list('chat'), (presence as ClosablePresence).close()])
  t.equal(list.total, 0)
})

test('an entry of another version, or of somebody else, is passed by', async t => {
  const local = await startLocal(t)
  const { app, presence, clock, log, reader } = await startStill(t, local)
  const watch = reader('chat')
  await watch.expect('snapshot')
  const { lastId } = watch
  for (const text of ['[5]', '[null]', '[["chat","zed",false,7]]', '{}', '5']) {
    const id = await app.upstash?.send(['XADD', 'presence:ev', '*', 'd', text])
    await app.upstash?.send(['PUBLISH', 'presence:ev', `${id} ${text}`])
  }
  await app.upstash?.send(['HSET', 'presence:r:deep', 'zed', `x ["online",1,1,[${'['.repeat(20_000)}${']'.repeat(20_000)}],[]]`])
  clock.advance(25_000)
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  await watch.expect('join ann online')
  await reader('chat', lastId).expect('join ann online')
  t.equal((await presence.list('deep')).total, 0)
  t.same(log.lines.filter(({ level }) => level >= 40), [])
})

test('a custom status goes with its user into each room that he opens, and through a time of invisibility', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local)]
  const open = async (room: string, status: 'online' | 'invisible' = 'online') => {
    const connection = a.presence.connect({ userId: 'ann', room, status })
    await a.presence.count(room)
    return connection
  }
  const ann = await open('chat')
  await open('second')
  t.equal(await b.presence.setCustomStatus('ann', { text: 'of b' }), true)
  for (const room of ['chat', 'second']) t.match((await b.presence.get('ann', room)).customStatus, { text: 'of b' }, room)
  await a.presence.setCustomStatus('ann', { text: 'lunch' })
  await open('third')
  for (const { presence } of [a, b]) t.match((await presence.get('ann', 'third')).customStatus, { text: 'lunch' })
  ann.update({ status: 'invisible' })
  await a.presence.count('chat')
  ann.update({ status: 'online' })
  await a.presence.count('chat')
  t.match((await b.presence.get('ann', 'chat')).customStatus, { text: 'lunch' })
})

test('of two custom statuses the one that was set later holds, also where its request is the faster one', async t => {
  const local = await startLocal(t)
  const { presence } = await startStill(t, local)
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  await presence.list('chat')
  await local.faults.set({ kind: 'delay', ms: 200, command: 'evalsha', times: 1 })
  await Promise.all(['first', 'second'].map(async text => await presence.setCustomStatus('ann', { text })))
  t.match((await presence.get('ann')).customStatus, { text: 'second' })
})

test('a custom status set by a process that has not heard of Redis yet ends by its clock', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local)]
  a.clock.suspend(Date.now() - a.clock.now())
  b.clock.suspend(Date.now() - b.clock.now() - 90_000)
  a.presence.connect({ userId: 'ann', room: 'chat' })
  await a.presence.count('chat')
  t.equal(await b.presence.setCustomStatus('ann', { text: 'lunch', expiresAt: b.clock.now() + 60_000 }), true)
  t.match((await a.presence.get('ann')).customStatus, { text: 'lunch' })
})

test('a close after a lost reply leaves nobody behind', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local)]
  a.presence.connect({ userId: 'ann', room: 'chat' })
  await a.presence.count('chat')
  await local.faults.set({ kind: 'drop-reply', command: 'evalsha', times: 1 })
  const bob = a.presence.connect({ userId: 'bob', room: 'chat' })
  a.clock.advance(5)
  await a.log.has(/alone/)
  // Of its own it speaks for itself, whatever it wrote before.
  bob.close()
  t.match(await a.presence.list('chat'), { total: 1, source: 'local' })
  await a.app.close()
  t.equal((await b.presence.list('chat')).total, 0)
})

test('Redis is back when all that is here is there, whoever asks first', async t => {
  const local = await startLocal(t)
  const { presence, clock, log, reader } = await startStill(t, local)
  const watch = reader('chat')
  await watch.expect('snapshot')
  await local.faults.set({ kind: 'status', status: 500, command: 'evalsha', times: 1 })
  presence.connect({ userId: 'ann', room: 'chat' })
  clock.advance(5)
  await log.has(/alone/)
  await watch.expect('snapshot ann')
  clock.suspend(12_500)
  await presence.list('other')
  t.match(await watch.next(), { type: 'snapshot', source: 'redis', total: 1 })
})

test('who reaps a large process goes on to write, and leaves the rest to others when it closes', async t => {
  const local = await startLocal(t)
  const [dead, other] = [await startStill(t, local, QUICK), await startStill(t, local)]
  for (let index = 0; index < 200; index++) dead.presence.connect({ userId: 'ann', room: `room ${index}` })
  await dead.presence.count('room 1')
  other.presence.connect({ userId: 'bob', room: 'lobby' })
  await other.presence.count('lobby')
  await untilOver(other)
  await local.faults.set({ kind: 'delay', ms: 50, command: 'evalsha' })
  other.clock.advance(25_000)
  await until(async () => local.stats().byCommand['rename'], count => count === 1)
  other.presence.connect({ userId: 'cleo', room: 'lobby' })
  t.equal((await other.presence.count('lobby')).total, 2)
  t.ok(Number(await other.app.upstash?.send(['HLEN', 'presence:r:room 199'])) > 0, 'there is more to reap')
  await other.app.close()
  await local.faults.set(null)
  const last = await startUpstash(t, local, QUICK)
  await until(async () => await last.presence.list(), ({ total }) => total === 0)

  async function untilOver ({ app }: typeof other): Promise<void> {
    const [node = ''] = await app.upstash?.send<string[]>(['ZRANGE', 'presence:n', 0, 0]) ?? []
    const end = Number(await app.upstash?.send(['ZSCORE', 'presence:n', node]))
    await until(async () => await app.upstash?.send<string[]>(['TIME']), time => Number(time?.[0]) * 1000 > end)
  }
})

test('who died is last seen when his lease ended, and a clock that is set back hides no dead', async t => {
  const local = await startLocal(t)
  const [dead, b] = [await startStill(t, local, QUICK), await startStill(t, local)]
  dead.presence.connect({ userId: 'ann', room: 'chat' })
  await dead.presence.count('chat')
  t.equal((await b.presence.list('chat')).total, 1)
  const [, end = ''] = await b.app.upstash?.send<string[]>(['ZRANGE', 'presence:n', 0, 0, 'WITHSCORES']) ?? []
  await until(async () => await b.app.upstash?.send<string[]>(['TIME']), time => Number(time?.[0]) * 1000 > Number(end))
  b.clock.suspend(-3_600_000)
  t.match(await b.presence.get('ann'), { state: 'offline', lastSeen: Number(end) })
})

test('where the set of nodes was lost, nobody stays for ever', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local)]
  a.presence.connect({ userId: 'ann', room: 'chat' })
  await a.presence.count('chat')
  await a.app.upstash?.send(['DEL', 'presence:n'])
  a.clock.advance(25_000)
  await until(async () => await b.presence.get('ann'), ({ connections }) => connections === 1)
  await a.app.close()
  t.equal((await b.presence.list('chat')).total, 0)
})

test('a slow reader holds one snapshot, not one for each time that Redis was away', async t => {
  const local = await startLocal(t)
  const { presence, clock, log } = await startStill(t, local)
  const slow = presence.watch('chat', { signal: new AbortController().signal })[Symbol.asyncIterator]()
  await slow.next()
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  const lines = (pattern: RegExp) => log.lines.filter(({ msg }) => pattern.test(String(msg))).length
  for (let times = 1; times <= 3; times++) {
    await local.faults.set({ kind: 'status', status: 500, command: 'evalsha' })
    await until(async () => { clock.advance(12_500); return lines(/alone/) }, count => count === times)
    await local.faults.set(null)
    await until(async () => { clock.advance(12_500); return lines(/processes again/) }, count => count === times)
    await presence.count('chat')
  }
  const { snapshots: { total } } = presence.stats()
  t.ok(total > 4)
  t.match(await slow.next(), { value: { type: 'snapshot' } })
  presence.connect({ userId: 'bob', room: 'chat' })
  await presence.count('chat')
  const types = [(await slow.next()).value?.type]
  while (types.at(-1) !== 'join') types.push((await slow.next()).value?.type)
  t.ok(types.length <= 2, types.join())
})

test('times stay Redis\'s while Redis is away', async t => {
  const local = await startLocal(t)
  const { presence, clock, log } = await startStill(t, local)
  clock.suspend(Date.now() - 90_000 - clock.now())
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  const before = await presence.list('chat')
  await local.faults.set({ kind: 'status', status: 500 })
  clock.advance(25_000)
  await log.has(/alone/)
  const away = await presence.list('chat')
  t.equal(away.source, 'local')
  t.ok(away.asOf >= before.asOf)
  t.ok((await presence.get('ann')).asOf >= before.asOf)
  t.ok(Math.abs(Number(away.members[0]?.since) - Number(before.members[0]?.since)) < 5000)
})
