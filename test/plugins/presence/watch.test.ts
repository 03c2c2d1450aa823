import { getEventListeners } from 'node:events'
import { test } from 'tap'
import type { PresenceEvent } from '../../../plugins/presence/index.ts'
import { describe, start, turn, type Started } from './presence.ts'

/** An iteration that is read by hand. */
function open ({ presence }: Started, room = 'chat', lastEventId?: string) {
  const controller = new AbortController()
  const iterator = presence.watch(room, { signal: controller.signal, lastEventId })[Symbol.asyncIterator]()
  const next = async (): Promise<PresenceEvent | undefined> => (await iterator.next()).value
  const told = async () => { const event = await next(); return event === undefined ? 'end' : describe(event) }
  return { controller, iterator, next, told, listeners: () => getEventListeners(controller.signal, 'abort').length }
}

test('a watch is a snapshot, then what happens, each with an id and a time of its own', async t => {
  const started = start(t)
  const { presence, clock, follow } = started
  presence.connect({ userId: 'ann', room: 'chat' })
  presence.connect({ userId: 'eve', room: 'other' })
  const chat = follow('chat')
  await chat.news()
  clock.advance(1)
  const bob = presence.connect({ userId: 'bob', room: 'chat', meta: 1 })
  bob.update({ status: 'busy' })
  bob.close()
  clock.advance(5000)
  t.same(await chat.news(), ['join bob online 1', 'update bob busy 1', 'leave bob'])
  t.match(chat.events, [
    { type: 'snapshot', room: 'chat', asOf: 1_000_000, members: [{ userId: 'ann' }], total: 1, complete: false, source: 'local' },
    { type: 'join', room: 'chat', asOf: 1_000_001, member: { userId: 'bob', state: 'online', since: 1_000_001, connections: 1, meta: 1 } },
    { type: 'update', room: 'chat', asOf: 1_000_001, member: { userId: 'bob', state: 'busy' } },
    { type: 'leave', room: 'chat', asOf: 1_005_001, userId: 'bob' }
  ])
  t.equal(new Set(chat.events.map(({ id }) => id)).size, 4)
})

test('an iteration begins with its first next and misses nothing from then on', async t => {
  const started = start(t)
  const { presence } = started
  const { told } = open(started)
  t.equal(presence.stats().watches.open, 0, 'nothing was begun')
  presence.connect({ userId: 'ann', room: 'chat' })
  t.equal(await told(), 'snapshot ann')
  presence.connect({ userId: 'bob', room: 'chat' })
  presence.connect({ userId: 'cleo', room: 'chat' })
  t.equal(await told(), 'join bob online')
  const later = told()
  t.equal(await later, 'join cleo online')
  const waiting = [told(), told()]
  presence.connect({ userId: 'dan', room: 'chat' })
  presence.connect({ userId: 'eve', room: 'chat' })
  t.same(await Promise.all(waiting), ['join dan online', 'join eve online'], 'calls that wait are answered in their order')
})

test('many watches and connections of one signal are one listener, end with it, and are no leak to warn of', async t => {
  const started = start(t)
  const { presence } = started
  const controller = new AbortController()
  const listeners = () => getEventListeners(controller.signal, 'abort').length
  const iterators = Array.from({ length: 30 }, () => presence.watch('chat', { signal: controller.signal })[Symbol.asyncIterator]())
  for (const iterator of iterators) await iterator.next()
  for (let n = 0; n < 30; n++) presence.connect({ userId: 'ann', room: '*', signal: controller.signal })
  t.match(presence.stats(), { connections: 30, watches: { open: 30 } })
  t.equal(listeners(), 1)
  await iterators[0]!.return?.()
  t.equal(listeners(), 1)
  const pending = iterators.map(async iterator => (await iterator.next()).done)
  controller.abort()
  t.same(await Promise.all(pending), iterators.map(() => true))
  t.match(presence.stats(), { connections: 0, watches: { open: 0 } })
  t.equal(listeners(), 0)
})

test('an iterator of a watch may be looped over itself, from where it is', async t => {
  const started = start(t)
  const { iterator, told } = open(started)
  t.equal(await told(), 'snapshot')
  started.presence.connect({ userId: 'ann', room: 'chat' })
  const seen: string[] = []
  for await (const event of iterator as AsyncIterableIterator<PresenceEvent>) if (seen.push(describe(event)) === 1) break
  t.same(seen, ['join ann online'])
  t.match(started.presence.stats().watches, { open: 0, total: 1 })
})

test('each loop over the same watch is a watch of its own', async t => {
  const { presence } = start(t)
  const { signal } = new AbortController()
  const events = presence.watch('chat', { signal })
  for (const expected of ['snapshot', 'snapshot ann']) {
    const seen: string[] = []
    for await (const event of events) if (seen.push(describe(event)) === 1) break
    t.same(seen, [expected])
    presence.connect({ userId: 'ann', room: 'chat' })
  }
  t.match(presence.stats().watches, { open: 0, total: 2 })
})

test('who comes back with the last id he saw gets what he missed in his room, and no snapshot', async t => {
  const started = start(t)
  const { presence } = started
  const first = open(started)
  const snapshot = await first.next()
  const ann = presence.connect({ userId: 'ann', room: 'chat' })
  const join = await first.next()
  await first.iterator.return?.()
  presence.connect({ userId: 'eve', room: 'other' })
  ann.update({ status: 'busy' })
  const second = open(started, 'chat', join?.id)
  t.equal(await second.told(), 'update ann busy')
  ann.update({ status: 'away' })
  t.equal(await second.told(), 'update ann away')
  const third = open(started, 'chat', snapshot?.id)
  t.same([await third.told(), await third.told(), await third.told()], ['join ann online', 'update ann busy', 'update ann away'])
  t.match(presence.stats(), { watches: { open: 2, total: 3, resumed: 2 }, snapshots: { total: 1, resent: 0 } })
})

test('who missed nothing waits for the next event', async t => {
  const started = start(t)
  const { presence } = started
  const id = (await open(started).next())?.id
  const back = open(started, 'chat', id)
  const told = back.told()
  presence.connect({ userId: 'ann', room: 'chat' })
  t.equal(await told, 'join ann online')
})

test('an id that is foreign, forged or too old gives a snapshot', async t => {
  const started = start(t, { backlog: 4 })
  const { presence } = started
  const ann = presence.connect({ userId: 'ann', room: 'chat' }) // Two events: in the room and everywhere.
  const other = start(t)
  other.presence.connect({ userId: 'ann', room: 'chat' })
  const foreign = (await open(other).next())?.id ?? ''
  const id = (await open(started).next())?.id ?? ''
  const prefix = id.slice(0, id.lastIndexOf('-') + 1)
  t.equal(id, `${prefix}2`)
  for (const bad of [foreign, '', 'x', '2', prefix, `${prefix}3`, `${prefix}-1`, `${prefix}1e0`, `${prefix} 2`, `${prefix}2.5`, `${prefix}${'9'.repeat(400)}`, 5 as never]) {
    t.equal(await open(started, 'chat', bad).told(), 'snapshot ann', bad)
  }
  for (let n = 0; n < 20; n++) {
    const { id: before = '' } = await open(started).next() ?? {}
    ann.update({ meta: n })
    const after = await open(started, 'chat', before).told()
    t.equal(after, `update ann online ${n}`)
    ann.update({ meta: -n - 1 })
    t.equal(await open(started, 'chat', before).told(), `update ann online ${n}`, 'four events ago')
    ann.update({ meta: n })
    t.equal(await open(started, 'chat', before).told(), 'snapshot ann', 'six events ago')
  }
})

test('an id of one room means nothing in another, * included', async t => {
  const started = start(t)
  const { presence } = started
  presence.connect({ userId: 'bob', room: 'other' })
  const { id: quiet } = await open(started, 'chat').next() ?? {}
  t.equal(await open(started, 'other', quiet).told(), 'snapshot bob')
  t.equal(await open(started, '*', quiet).told(), 'snapshot bob')
  const other = open(started, 'other')
  await other.next()
  presence.connect({ userId: 'cleo', room: 'other' })
  const { id: last } = await other.next() ?? {}
  t.equal(await open(started, 'chat', last).told(), 'snapshot')
  t.match(presence.stats().watches, { resumed: 0 })
})

test('a slow reader gets a snapshot in place of what it missed, and then what follows', async t => {
  const started = start(t, { backlog: 3 })
  const { presence } = started
  const slow = open(started)
  t.equal(await slow.told(), 'snapshot')
  for (const userId of ['a', 'b', 'c']) presence.connect({ userId, room: 'chat' })
  t.same([await slow.told(), await slow.told(), await slow.told()], ['join a online', 'join b online', 'join c online'], 'as many as the backlog may wait')
  for (const userId of ['d', 'e', 'f', 'g', 'h']) presence.connect({ userId, room: 'chat' })
  t.match(presence.stats(), { dropped: 5, snapshots: { total: 1, resent: 0 } })
  t.equal(await slow.told(), 'snapshot a b c d e f g h')
  presence.connect({ userId: 'i', room: 'chat' })
  t.equal(await slow.told(), 'join i online')
  t.match(presence.stats(), { dropped: 5, snapshots: { total: 2, resent: 1 }, events: { join: 18, leave: 0, update: 0 } })
})

test('the snapshot that is sent again is as of its reading, with an id to go on from', async t => {
  const started = start(t, { backlog: 1 })
  const { presence, clock } = started
  const ann = presence.connect({ userId: 'ann', room: 'chat' })
  await presence.setCustomStatus('ann', { text: 'nap', expiresAt: clock.now() + 100 })
  const slow = open(started)
  await slow.next()
  ann.update({ meta: 1 })
  ann.update({ meta: 2 })
  clock.suspend(1000)
  const snapshot = await slow.next()
  t.match(snapshot, { type: 'snapshot', members: [{ meta: 2 }] })
  const back = open(started, 'chat', snapshot?.id)
  const told = [slow.told(), back.told()]
  await turn()
  presence.connect({ userId: 'bob', room: 'chat' })
  t.same(await Promise.all(told), ['join bob online', 'join bob online'], 'what expired while it was taken is in it')
})

test('a watch ends on abort, on return and when watches end, while it waits and with events unread', async t => {
  for (const waits of [true, false]) {
    for (const how of ['abort', 'return', 'end'] as const) {
      const started = start(t)
      const { presence } = started
      const watch = open(started)
      await watch.told()
      t.equal(watch.listeners(), 1)
      const pending = waits ? [watch.told(), watch.told()] : []
      if (!waits) presence.connect({ userId: 'ann', room: 'chat' })
      if (how === 'abort') watch.controller.abort()
      else if (how === 'return') t.same(await watch.iterator.return?.(), { done: true, value: undefined })
      else presence.endWatches()
      t.same(await Promise.all(pending), pending.map(() => 'end'), how)
      t.equal(watch.listeners(), 0)
      presence.connect({ userId: 'bob', room: 'chat' })
      t.equal(await watch.told(), 'end', how)
      t.equal(presence.stats().watches.open, 0)
    }
  }
})

test('a reader that was behind when its watch ended gets no snapshot any more', async t => {
  const started = start(t, { backlog: 1 })
  const watch = open(started)
  await watch.told()
  for (const userId of ['ann', 'bob']) started.presence.connect({ userId, room: 'chat' })
  watch.controller.abort()
  t.equal(await watch.told(), 'end')
})

test('a watch that never began has nothing to end', async t => {
  const started = start(t)
  const aborted = open(started)
  aborted.controller.abort()
  t.equal(await aborted.told(), 'end')
  const returned = open(started)
  await returned.iterator.return?.()
  t.equal(await returned.told(), 'end')
  started.presence.endWatches()
  const late = open(started)
  t.equal(await late.told(), 'end')
  for (const watch of [aborted, returned, late]) t.equal(watch.listeners(), 0)
  t.match(started.presence.stats().watches, { open: 0, total: 0 })
})

test('one reader’s end or slowness is nothing to the others', async t => {
  const { presence, follow } = start(t)
  const [one, two] = [follow('chat'), follow('chat')]
  await one.news()
  one.stop()
  await one.ended
  presence.connect({ userId: 'ann', room: 'chat' })
  t.same(await two.news(), ['snapshot', 'join ann online'])
  t.match(presence.stats().watches, { open: 1, total: 2 })
})

test('what a reader does to an event reaches no other', async t => {
  const { presence, follow } = start(t)
  presence.connect({ userId: 'ann', room: 'chat', meta: { a: 1 } })
  const chat = follow('chat')
  await turn()
  presence.connect({ userId: 'bob', room: 'chat', meta: { a: 1 } })
  await turn()
  t.equal(chat.events.length, 2)
  for (const event of chat.events as Array<Record<string, any>>) {
    t.throws(() => { event['room'] = 'x' }, TypeError)
    t.throws(() => { event['members'].length = 0 }, TypeError)
    t.throws(() => { (event['member'] ?? event['members'][0]).meta.a = 2 }, TypeError)
  }
})
