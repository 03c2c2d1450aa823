import { test } from 'tap'
import type { ClosablePresence } from '../../../plugins/presence/index.ts'
import { startLocal } from '../../local.ts'
import { leftovers, startStill, startUpstash, QUICK, until } from './upstash.ts'

const ZED = '[["chat","zed",false,"x [\\"online\\",1,1,[],[]]"]]'

test('who comes and goes within the window is never told', async t => {
  const local = await startLocal(t)
  const { app, presence, clock } = await startStill(t, local)
  presence.connect({ userId: 'ann', room: 'chat' }).close()
  clock.advance(5)
  t.equal((await presence.count('chat')).total, 0)
  t.strictSame(await leftovers(app), [])
})

test('a grace that ends while the app closes does no harm, nor does a second close', async t => {
  const local = await startLocal(t)
  const { app, presence, clock } = await startStill(t, local, { grace: 10 })
  const ann = presence.connect({ userId: 'ann', room: 'chat' })
  t.equal((await presence.count('chat')).total, 1)
  ann.close()
  const closing = (presence as ClosablePresence).close()
  clock.advance(10)
  await closing
  t.strictSame(await leftovers(app), [])
  t.equal(clock.timers, 0)
  await (presence as ClosablePresence).close()
})

test('a node that cannot be buried is tried again, and holds up nothing else', async t => {
  const local = await startLocal(t)
  const [a, dead] = [await startStill(t, local), await startStill(t, local)]
  const redis = a.app.upstash
  for (const { presence } of [a, dead]) {
    presence.connect({ userId: 'ann', room: 'chat' })
    await presence.count('chat')
  }
  const [, ...others] = await redis?.send<string[]>(['ZRANGE', 'presence:n', 0, -1]) ?? []
  t.equal(others.length, 1)
  // Dead, and its rooms are no set.
  await redis?.batch([['SET', 'presence:nr:odd', 'foreign'], ['ZADD', 'presence:n', 1, 'odd']])
  a.clock.advance(25_000)
  await until(async () => local.stats().byCommand['zrem'], count => Number(count) > 0)
  t.equal((await a.presence.list('chat')).total, 1)
  // Dead, and one of its rooms is no hash.
  await redis?.batch([['SET', 'presence:r:odd', 'foreign'], ['ZADD', 'presence:nr:odder', 1, '@', 1, ':odd'], ['ZADD', 'presence:n', 1, 'odder']])
  a.clock.advance(25_000)
  a.clock.advance(25_000)
  await until(async () => await redis?.send(['ZSCORE', 'presence:n', 'odder']), score => score === null)
  t.equal((await a.presence.list('chat')).total, 1)
})

test('an own node that was given up is reaped, also where another process did so before or it cannot be', async t => {
  const local = await startLocal(t)
  const { app, presence, clock, log } = await startStill(t, local)
  const redis = app.upstash
  const nodes = async () => await redis?.send<string[]>(['ZRANGE', 'presence:n', 0, -1]) ?? []
  const returns = () => log.lines.filter(({ msg }) => String(msg).endsWith('again')).length
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  const spoils = [
    async (node: string) => await redis?.send(['ZREM', 'presence:n', node]),
    async (node: string) => await redis?.send(['SET', `presence:nr:${node}`, 'foreign'])
  ]
  for (const [index, spoil] of spoils.entries()) {
    const [before = ''] = await nodes()
    await local.faults.set({ kind: 'drop-reply', command: 'evalsha', times: 1 })
    presence.connect({ userId: `user ${index}`, room: 'chat' })
    await presence.count('chat')
    await spoil(before)
    await until(async () => { clock.advance(12_500); return returns() }, count => count === index + 1)
    const after = (await nodes()).filter(node => !node.includes('~'))
    t.equal(after.length, 1)
    t.not(after[0], before)
  }
  t.equal((await presence.list('chat')).total, 3)
})

test('what changes while a write fails is written as it is then', async t => {
  const local = await startLocal(t)
  const { presence, clock } = await startStill(t, local, {}, { timeLimit: 300 })
  const ann = presence.connect({ userId: 'ann', room: 'chat' })
  await presence.count('chat')
  await presence.setCustomStatus('ann', { text: 'lunch' })
  await local.faults.set({ kind: 'stall', command: 'evalsha' })
  ann.update({ status: 'busy' })
  const written = presence.count('chat')
  ann.update({ status: 'away' })
  presence.connect({ userId: 'bob', room: 'other' })
  await written
  t.equal(await presence.setCustomStatus('ann', null), true)
  await local.faults.set(null)
  const seen = await until(async () => {
    clock.advance(12_500)
    return await presence.get('ann')
  }, ({ customStatus }) => customStatus === undefined)
  t.equal(seen.state, 'away')
  t.equal((await presence.count('other')).total, 1)
})

test('a watch that cannot ask Redis tells what is here, and all as soon as a beat goes through', async t => {
  const local = await startLocal(t)
  const { presence, clock, reader } = await startStill(t, local)
  await local.faults.set({ kind: 'status', status: 500, command: 'evalsha', times: 1 })
  const watch = reader('chat')
  t.match(await watch.next(), { type: 'snapshot', source: 'local' })
  clock.advance(25_000)
  t.match(await watch.next(), { type: 'snapshot', source: 'redis' })
  await local.faults.set({ kind: 'status', status: 500 })
  clock.advance(25_000)
  t.match(await watch.next(), { type: 'snapshot', source: 'local' })
  t.match(await reader('other').next(), { type: 'snapshot', source: 'local' })
  t.equal(await presence.signal('third', 'ann', 'typing'), false, 'nobody watches')
})

test('a watch that ends before its first event gives none', async t => {
  const local = await startLocal(t)
  const { presence } = await startStill(t, local)
  const [one, two] = [new AbortController(), new AbortController()]
  const first = presence.watch('chat', { signal: one.signal })[Symbol.asyncIterator]()
  const next = first.next()
  const second = presence.watch('chat', { signal: two.signal })[Symbol.asyncIterator]().next()
  one.abort()
  t.match(await next, { done: true })
  t.match(await second, { value: { type: 'snapshot' } })
  two.abort()
  t.equal(presence.stats().watches.open, 0)
})

test('a subscription that tells nothing is found by the beats and replaced', async t => {
  const local = await startLocal(t)
  const { app, clock, reader } = await startStill(t, local)
  const redis = app.upstash
  const watch = reader('chat')
  await watch.expect('snapshot')
  // Nobody publishes it: as if the subscription had not told.
  const found = async () => {
    const id = await redis?.send<string>(['XADD', 'presence:ev', '*', 'd', ZED.replace('zed', `zed${clock.now()}`)])
    clock.advance(25_000)
    t.match(await watch.next(), { type: 'join' })
    return id
  }
  const total = () => redis?.stats().subscriptions.total
  const late = await found()
  await redis?.send(['PUBLISH', 'presence:ev', `${late} ${ZED}`])
  await redis?.send(['PUBLISH', 'presence:ev', '!["chat","ann","typing"]'])
  await watch.expect('signal ann typing')
  await found()
  t.equal(total(), 1, 'it was late, not deaf')
  await found()
  t.equal(total(), 2)
})

test('what is told while the first state is read is in it', async t => {
  const local = await startLocal(t)
  const { app, reader } = await startStill(t, local)
  await local.faults.set([{ kind: 'status', status: 500, command: 'subscribe', times: 1 }, { kind: 'delay', ms: 600, command: 'evalsha', times: 1 }])
  const first = reader('chat').next()
  await until(async () => app.upstash?.stats().subscriptions.open, open => open === 1)
  await app.upstash?.send(['PUBLISH', 'presence:ev', `9999999999999-0 ${ZED}`])
  t.match(await first, { type: 'snapshot', members: [{ userId: 'zed' }], total: 1 })
})

test('where more is told meanwhile than may be held, the state is read again', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startStill(t, local), await startStill(t, local, { backlog: 2 })]
  a.presence.connect({ userId: 'ann', room: 'chat' })
  await a.presence.count('chat')
  await local.faults.set({ kind: 'delay', ms: 600, command: 'evalsha', times: 1 })
  const watch = b.reader('chat')
  const first = watch.next()
  await until(async () => b.app.upstash?.stats().subscriptions.open, open => open === 1)
  await until(async () => local.faults.current().length, count => count === 0)
  for (const userId of ['bob', 'cleo', 'dan']) {
    a.presence.connect({ userId, room: 'chat' })
    await a.presence.count('chat')
  }
  t.match(await first, { type: 'snapshot', total: 4 })
  a.presence.connect({ userId: 'eve', room: 'chat' })
  a.clock.advance(5)
  await watch.expect('join eve online')
})

test('a state that arrives when Redis cannot be asked any more is not shown', async t => {
  const local = await startLocal(t)
  const { presence, clock, reader } = await startStill(t, local)
  presence.connect({ userId: 'ann', room: 'other' })
  await presence.count('other')
  await local.faults.set({ kind: 'delay', ms: 600, command: 'evalsha', times: 1 })
  const first = reader('chat').next()
  await until(async () => local.faults.current().length, count => count === 0)
  await local.faults.set({ kind: 'status', status: 500, command: 'evalsha', times: 1 })
  presence.connect({ userId: 'bob', room: 'other' })
  clock.advance(5)
  t.match(await first, { type: 'snapshot', source: 'local' })
})

test('what is told while a gap is filled comes after what was missed, and once', async t => {
  const local = await startLocal(t)
  const { app, reader } = await startStill(t, local)
  const redis = app.upstash
  const watch = reader('chat')
  await watch.expect('snapshot')
  await local.faults.set([{ kind: 'end-streams' }, { kind: 'delay', ms: 600, command: 'xrange', times: 1 }])
  await until(async () => redis?.stats().subscriptions.open, open => open === 0)
  await redis?.send(['XADD', 'presence:ev', '1-1', 'd', ZED.replace('zed', 'yan')])
  await local.faults.set({ kind: 'delay', ms: 600, command: 'xrange', times: 1 })
  await until(async () => redis?.stats().subscriptions.open, open => open === 1)
  // Told before the gap is filled.
  await redis?.send(['PUBLISH', 'presence:ev', `1-2 ${ZED}`])
  await watch.expect('join yan online', 'join zed online')
})

test('where a gap cannot be filled, the next beat does so', async t => {
  const local = await startLocal(t)
  const { app, clock, reader } = await startStill(t, local)
  const redis = app.upstash
  const watch = reader('chat')
  await watch.expect('snapshot')
  await local.faults.set({ kind: 'end-streams' })
  await until(async () => redis?.stats().subscriptions.open, open => open === 0)
  await redis?.send(['XADD', 'presence:ev', '1-1', 'd', ZED])
  await local.faults.set({ kind: 'status', status: 500, command: 'xrange', times: 1 })
  await until(async () => local.faults.current().length, count => count === 0)
  clock.advance(25_000)
  await watch.expect('join zed online')
})

test('rooms and users may be named like what is ours', async t => {
  const local = await startLocal(t)
  const { app, presence } = await startStill(t, local)
  const odd = ['@', '#', ':', '=', 'n', 'ev', '__proto__', 'constructor', 'line\nbreak', '= x', '{a}']
  const connections = odd.map(name => presence.connect({ userId: name, room: name }))
  for (const name of odd) {
    const { members } = await presence.list(name)
    t.strictSame(members.map(({ userId }) => userId), [name])
    t.match(await presence.get(name), { state: 'online', connections: 1 })
  }
  t.equal((await presence.count()).total, odd.length)
  for (const connection of connections) connection.close()
  await presence.count('@')
  t.strictSame((await leftovers(app)).filter(key => key.startsWith('presence:r:')), [])
})

test('after all crashed, the one who starts leaves no key of theirs', async t => {
  const local = await startLocal(t)
  const dead = [await startStill(t, local, QUICK), await startStill(t, local, QUICK)]
  for (const { presence } of dead) for (const userId of ['ann', 'bob']) presence.connect({ userId, room: 'chat' })
  for (const { presence } of dead) await presence.count('chat')
  const { app, presence } = await startUpstash(t, local, QUICK)
  await until(async () => { await presence.list('chat'); return await leftovers(app) }, keys => keys.length === 0)
  t.equal((await presence.list('chat')).total, 0)
})
