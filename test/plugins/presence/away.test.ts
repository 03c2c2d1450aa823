import { test } from 'tap'
import { startLocal } from '../../local.ts'
import { leftovers, QUICK, startStill, startUpstash, until } from './upstash.ts'

const IMPATIENT = { timeLimit: 300, breakerThreshold: 2 }

test('while Redis is away, what is here is known, all else is unknown, and watches say so; back, all is asserted again', async t => {
  const local = await startLocal(t)
  const [a, b] = [await startUpstash(t, local, QUICK), await startUpstash(t, local, QUICK)]
  b.presence.connect({ userId: 'bob', room: 'chat' })
  const watch = a.reader('chat')
  await watch.next()
  const ann = a.presence.connect({ userId: 'ann', room: 'chat' })
  await until(async () => await a.presence.list('chat'), ({ total }) => total === 2)
  await local.faults.set({ kind: 'refuse' })
  let event = await watch.next()
  while (event.type !== 'snapshot') event = await watch.next()
  t.match(event, { source: 'local', complete: false, members: [{ userId: 'ann' }], total: 1 })
  t.match(await a.presence.list('chat'), { source: 'local', total: 1, complete: false })
  t.match(await a.presence.count('chat'), { source: 'local', total: 1 })
  t.match(await a.presence.get('ann'), { state: 'online' })
  t.match(await a.presence.get('bob'), { state: 'unknown' })
  ann.update({ status: 'busy' })
  await watch.expect('update ann busy')
  t.equal(await a.presence.signal('chat', 'ann', 'typing'), false)
  await watch.expect('signal ann typing')
  const late = a.reader('chat', event.id)
  await late.expect('snapshot ann')
  t.equal(await a.presence.setCustomStatus('ann', { text: 'lunch' }), true)
  t.equal(await a.presence.setCustomStatus('bob', { text: 'lunch' }), false)
  await watch.expect('update ann busy')
  await local.faults.set(null)
  event = await watch.next()
  t.match(event, { type: 'snapshot', source: 'redis', complete: true })
  await until(async () => await b.presence.get('ann'), ({ state, customStatus }) => state === 'busy' && customStatus?.text === 'lunch')
  t.match(await a.presence.list('chat'), { total: 2, source: 'redis' })
  const messages = a.log.lines.filter(({ plugin }) => plugin === 'presence').map(({ msg }) => msg)
  t.match(messages, [/shared/, /alone, since Redis cannot be asked/, /is shared by all processes again/])
  t.equal(messages.length, 3)
})

for (const fault of [{ kind: 'drop-reply' }, { kind: 'late', ms: 150 }, { kind: 'duplicate', ms: 50 }, { kind: 'stall' }, { kind: 'status', status: 500 }] as const) {
  test(`after ${fault.kind}, nobody is twice, nobody is missing, nobody is a ghost`, async t => {
    const local = await startLocal(t)
    const [a, b] = [await startUpstash(t, local, QUICK, IMPATIENT), await startStill(t, local)]
    const watch = b.reader('chat')
    await watch.expect('snapshot')
    a.presence.connect({ userId: 'ann', room: 'chat' })
    await watch.expect('join ann online')
    // Time stands still at b, which has looked for the dead by now: only a is struck.
    await b.presence.list('chat')
    await local.faults.set({ ...fault, command: 'evalsha', times: 2 })
    const bob = a.presence.connect({ userId: 'bob', room: 'chat' })
    await watch.expect('join bob online')
    await until(async () => await b.presence.list('chat'), ({ members }) => members.length === 2 && members.every(({ connections }) => connections === 1))
    await local.faults.set({ ...fault, command: 'evalsha', times: 1 })
    bob.close()
    await watch.expect('leave bob')
    t.match(await b.presence.list('chat'), { total: 1, members: [{ userId: 'ann' }] })
    await a.app.close()
    await watch.expect('leave ann')
    // What came too late is a node without anybody, whose lease ends.
    const { app, presence } = await startUpstash(t, local, QUICK)
    await until(async () => { await presence.list(); return await leftovers(app) }, keys => keys.length === 0)
  })
}

test('a process that could not even come reaps nothing and is there when Redis is', async t => {
  const local = await startLocal(t)
  const { presence, clock } = await startStill(t, local, {}, IMPATIENT)
  await local.faults.set({ kind: 'status', status: 500 })
  presence.connect({ userId: 'ann', room: 'chat' })
  clock.advance(5)
  t.match(await presence.count('chat'), { total: 1, source: 'local' })
  t.match(await presence.list('chat'), { total: 1, source: 'local' })
  await local.faults.set(null)
  await until(async () => { clock.advance(12_500); return await presence.count('chat') }, ({ source, total }) => source === 'redis' && total === 1)
})

test('what Redis refuses altogether leaves the process alone with itself, and the close ends', async t => {
  const local = await startLocal(t)
  const { app, presence, clock } = await startStill(t, local)
  presence.connect({ userId: 'ann', room: 'chat' })
  t.equal((await presence.count('chat')).total, 1)
  await app.upstash?.batch([['UNLINK', 'presence:r:chat'], ['SET', 'presence:r:chat', 'foreign']])
  presence.connect({ userId: 'bob', room: 'chat' })
  clock.advance(5)
  t.match(await presence.list('chat'), { source: 'local', total: 2 })
  t.match(await presence.get('cleo', 'chat'), { state: 'unknown' })
  await app.close()
})
