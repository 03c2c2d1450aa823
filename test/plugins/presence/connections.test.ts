import { getEventListeners } from 'node:events'
import { test } from 'tap'
import type { Connection, PresenceStatus } from '../../../plugins/presence/index.ts'
import { start } from './presence.ts'

test('a connected user is in his room and everywhere, with the time of his coming', async t => {
  const { presence, clock } = start(t)
  presence.connect({ userId: 'ann', room: 'chat', meta: { name: 'Ann' } })
  clock.advance(10)
  const member = { userId: 'ann', state: 'online', since: 1_000_000, connections: 1, meta: { name: 'Ann' } }
  const list = { members: [member], total: 1, complete: false, asOf: 1_000_010, source: 'local' }
  t.same(await presence.list('chat'), list)
  t.same(await presence.list(), list)
  t.same(await presence.list('*'), list)
  t.same(await presence.count('chat'), { total: 1, asOf: 1_000_010, source: 'local' })
  t.same(await presence.count(), { total: 1, asOf: 1_000_010, source: 'local' })
  t.same(await presence.get('ann', 'chat'), { state: 'online', connections: 1, asOf: 1_000_010 })
  t.same(await presence.get('ann'), { state: 'online', connections: 1, asOf: 1_000_010 })
  t.equal(presence.enabled, false)
})

test('who is not connected here is unknown, never offline', async t => {
  const { presence, clock } = start(t)
  t.same(await presence.get('ann'), { state: 'unknown', asOf: 1_000_000 })
  const connection = presence.connect({ userId: 'ann', room: 'chat' })
  t.same(await presence.get('ann', 'other'), { state: 'unknown', asOf: 1_000_000 }, 'another process may have him there')
  connection.close()
  clock.advance(5000)
  t.same(await presence.get('ann', 'chat'), { state: 'unknown', asOf: 1_005_000 })
  t.same(await presence.list('chat'), { members: [], total: 0, complete: false, asOf: 1_005_000, source: 'local' })
})

test('getMany answers one entry an id, in order, also where an id comes twice', async t => {
  const { presence } = start(t)
  presence.connect({ userId: 'ann', room: 'chat', status: 'away' })
  presence.connect({ userId: '__proto__' })
  const states = async (room?: string) => [...await presence.getMany(['ann', 'bob', '__proto__', 'ann'], room)].map(([id, { state }]) => [id, state])
  t.same(await states(), [['ann', 'away'], ['bob', 'unknown'], ['__proto__', 'online']])
  t.same(await states('chat'), [['ann', 'away'], ['bob', 'unknown'], ['__proto__', 'unknown']])
  t.equal((await presence.getMany([])).size, 0)
})

test('a connection without a room, or with *, is in * alone', async t => {
  const { presence, follow } = start(t)
  const everywhere = follow()
  presence.connect({ userId: 'ann' })
  presence.connect({ userId: 'bob', room: '*' })
  t.same(await everywhere.news(), ['snapshot', 'join ann online', 'join bob online'])
  t.match(presence.stats(), { rooms: 1, users: 2, connections: 2 })
})

test('busy beats online beats away over the connections of a user', async t => {
  const { presence, clock, follow } = start(t)
  const chat = follow('chat')
  const first = presence.connect({ userId: 'ann', room: 'chat', status: 'away' })
  const second = presence.connect({ userId: 'ann', room: 'chat', status: 'busy' })
  const third = presence.connect({ userId: 'ann', room: 'chat' })
  t.match(await presence.get('ann', 'chat'), { state: 'busy', connections: 3 })
  second.update({ status: 'away' })
  third.close()
  first.update({ status: 'busy' })
  first.update({})
  t.same(await chat.news(), ['snapshot', 'join ann away', 'update ann busy', 'update ann online', 'update ann away', 'update ann busy'])
  first.close()
  clock.advance(5000)
  t.same(await chat.news(), ['update ann away'])
})

test('two rooms of a user know nothing of each other, and * knows both', async t => {
  const { presence, clock } = start(t)
  presence.connect({ userId: 'ann', room: 'one', status: 'away' })
  const two = presence.connect({ userId: 'ann', room: 'two', status: 'busy' })
  const states = async () => [await presence.get('ann', 'one'), await presence.get('ann', 'two'), await presence.get('ann')].map(({ state }) => state)
  t.same(await states(), ['away', 'busy', 'busy'])
  two.close()
  clock.advance(5000)
  t.same(await states(), ['away', 'unknown', 'away'])
})

test('two tabs are one join and one leave, after the grace of the last one', async t => {
  const { presence, clock, follow } = start(t, { grace: 100 })
  const chat = follow('chat')
  const tabs = [presence.connect({ userId: 'ann', room: 'chat' }), presence.connect({ userId: 'ann', room: 'chat' })]
  t.not(tabs[0]!.id, tabs[1]!.id)
  tabs[0]!.close()
  clock.advance(60)
  tabs[1]!.close()
  tabs[1]!.close()
  clock.advance(99)
  t.same(await chat.news(), ['snapshot', 'join ann online'])
  t.match(await presence.get('ann', 'chat'), { state: 'online', connections: 0 }, 'present during the grace')
  t.match(await presence.count('chat'), { total: 1 })
  t.match(presence.stats(), { connections: 0, users: 1 })
  clock.advance(1)
  t.same(await chat.news(), ['leave ann'])
  t.match(presence.stats(), { connections: 0, users: 0, rooms: 0 })
  t.equal(clock.timers, 0)
})

test('a reload within the grace is no event, and the grace of the page before means nothing any more', async t => {
  const { presence, clock, follow } = start(t)
  const chat = follow('chat')
  const before = presence.connect({ userId: 'ann', room: 'chat', status: 'busy', meta: 1 })
  clock.advance(10)
  before.close()
  clock.advance(4999)
  const after = presence.connect({ userId: 'ann', room: 'chat', status: 'busy', meta: 1 })
  clock.advance(60_000)
  t.same(await chat.news(), ['snapshot', 'join ann busy 1'])
  t.match((await presence.list('chat')).members, [{ connections: 1, since: 1_000_000 }])
  after.close()
  clock.advance(5000)
  t.same(await chat.news(), ['leave ann'])
})

test('a user in his grace is shown as he was last, until another connection says otherwise', async t => {
  const { presence, follow } = start(t)
  const chat = follow('chat')
  presence.connect({ userId: 'ann', room: 'chat', status: 'busy', meta: 'x' }).close()
  t.match((await presence.list('chat')).members, [{ state: 'busy', meta: 'x', connections: 0 }])
  presence.connect({ userId: 'ann', room: 'chat' })
  t.same(await chat.news(), ['snapshot', 'join ann busy "x"', 'update ann online'])
})

test('with a grace of 0 a user leaves at once, without a timer', async t => {
  const { presence, clock, follow } = start(t, { grace: 0 })
  const chat = follow('chat')
  presence.connect({ userId: 'ann', room: 'chat' }).close()
  presence.connect({ userId: 'ann', room: 'chat' })
  t.same(await chat.news(), ['snapshot', 'join ann online', 'leave ann', 'join ann online'])
  t.equal(clock.timers, 0)
})

test('an invisible user looks as one who is not here', async t => {
  const { presence, clock, follow } = start(t)
  const [chat, everywhere] = [follow('chat'), follow()]
  const connection = presence.connect({ userId: 'ann', room: 'chat', status: 'invisible', meta: { name: 'Ann' } })
  connection.update({ meta: { name: 'Anna' } })
  t.same(await presence.get('ann', 'chat'), await presence.get('nobody', 'chat'))
  t.same(await presence.get('ann'), await presence.get('nobody'))
  t.same((await presence.getMany(['ann'])).get('ann'), await presence.get('nobody'))
  t.match(await presence.list('chat'), { members: { length: 0 }, total: 0 })
  t.match(await presence.count(), { total: 0 })
  connection.close()
  clock.advance(5000)
  t.same(await chat.news(), ['snapshot'])
  t.same(await everywhere.news(), ['snapshot'])
})

test('becoming invisible is a leave at once, becoming visible a join', async t => {
  const { presence, clock, follow } = start(t)
  const chat = follow('chat')
  presence.connect({ userId: 'ann', room: 'chat' }).close()
  const connection = presence.connect({ userId: 'ann', room: 'chat' })
  connection.update({ status: 'invisible' })
  t.same(await chat.news(), ['snapshot', 'join ann online', 'leave ann'], 'although another tab was in its grace')
  clock.advance(50)
  connection.update({ status: 'away', meta: 1 })
  t.same(await chat.news(), ['join ann away 1'])
  t.match((await presence.list('chat')).members, [{ since: 1_000_050 }])
  clock.advance(10_000)
  t.same(await chat.news(), [], 'the grace from before means nothing any more')
})

test('an invisible connection has no say beside a visible one', async t => {
  const { presence, clock, follow } = start(t)
  const shown = presence.connect({ userId: 'ann', room: 'chat', meta: 'shown' })
  const hidden = presence.connect({ userId: 'ann', room: 'chat', status: 'busy', meta: 'hidden' })
  hidden.update({ status: 'invisible' })
  t.match((await presence.list('chat')).members, [{ state: 'online', connections: 1, meta: 'shown' }])
  const chat = follow('chat')
  hidden.update({ meta: 'still hidden' })
  shown.update({ status: 'away' })
  t.same(await chat.news(), ['snapshot ann', 'update ann away "shown"'])
  shown.close()
  t.same(await chat.news(), ['leave ann'], 'beside an invisible one there is no grace')
  t.match(presence.stats(), { connections: 1, users: 1 })
  hidden.close()
  clock.advance(5000)
  t.match(presence.stats(), { connections: 0, users: 0, rooms: 0 })
  t.equal(clock.timers, 0)
})

test('who comes back invisible in his grace leaves at once, wherever he was', async t => {
  const { presence, clock, follow } = start(t)
  const [chat, other, everywhere] = [follow('chat'), follow('other'), follow()]
  presence.connect({ userId: 'ann', room: 'chat' }).close()
  presence.connect({ userId: 'ann', room: 'other' }).close()
  const hidden = presence.connect({ userId: 'ann', room: 'chat', status: 'invisible' })
  for (const room of [chat, other, everywhere]) t.same(await room.news(), ['snapshot', 'join ann online', 'leave ann'])
  t.same(await presence.get('ann'), await presence.get('nobody'))
  t.equal(clock.timers, 0)
  hidden.update({ status: 'away' })
  t.same(await chat.news(), ['join ann away'])
  const tab = presence.connect({ userId: 'ann', room: 'other' })
  t.same(await other.news(), ['join ann online'])
  tab.close()
  t.same(await other.news(), [], 'with nothing hidden any more there is a grace again')
  clock.advance(5000)
  t.same(await other.news(), ['leave ann'])
})

test('going invisible hides nobody who has a visible connection open', async t => {
  const { presence, follow } = start(t)
  const [chat, other, everywhere] = [follow('chat'), follow('other'), follow()]
  presence.connect({ userId: 'ann', room: 'chat', status: 'away' })
  presence.connect({ userId: 'ann', room: 'other' }).close()
  presence.connect({ userId: 'ann', room: 'other', status: 'invisible' })
  t.same(await chat.news(), ['snapshot', 'join ann away'])
  t.same(await other.news(), ['snapshot', 'join ann online', 'leave ann'])
  t.same(await everywhere.news(), ['snapshot', 'join ann away', 'update ann online', 'update ann away'])
})

test('whatever comes, hides and goes, state and meta are those that the open connections make', async t => {
  const { presence, clock } = start(t)
  const open: Array<{ status: PresenceStatus, meta: number, connection: Connection }> = []
  const statuses: PresenceStatus[] = ['away', 'online', 'busy', 'invisible']
  // Pseudo-random, the same each time: Park and Miller's generator.
  let seed = 1
  const pick = (below: number): number => { seed = seed * 48_271 % 2_147_483_647; return seed % below }
  for (let meta = 0; meta < 500; meta++) {
    const status = statuses[pick(4)]!
    const index = pick(open.length + 3)
    const found = open[index]
    if (found === undefined) open.push({ status, meta, connection: presence.connect({ userId: 'ann', room: 'chat', status, meta }) })
    else if (pick(2) === 0) open.splice(index, 1)[0]?.connection.close()
    else {
      found.connection.update({ status, meta })
      // Who was hidden comes anew, and so is the last.
      if (found.status === 'invisible' && status !== 'invisible') open.push(...open.splice(index, 1))
      Object.assign(found, { status, meta })
    }
    clock.advance(5000)
    const seen = open.filter(({ status }) => status !== 'invisible')
    const expected = seen.length === 0
      ? []
      : [{ state: ['busy', 'online', 'away'].find(state => seen.some(({ status }) => status === state)), meta: seen.at(-1)?.meta, connections: seen.length }]
    t.same((await presence.list('chat')).members.map(({ state, meta, connections }) => ({ state, meta, connections })), expected)
    t.match(presence.stats(), { connections: open.length, users: Math.min(open.length, 1) })
  }
})

test('a connection closes when its signal aborts, and lets go of the signal when it closes', async t => {
  const { presence, clock, follow } = start(t)
  const chat = follow('chat')
  const controller = new AbortController()
  const listeners = () => getEventListeners(controller.signal, 'abort').length
  const [first, second] = [1, 2].map(() => presence.connect({ userId: 'ann', room: 'chat', signal: controller.signal }))
  t.equal(listeners(), 1)
  first!.close()
  first!.close()
  t.equal(listeners(), 1, 'the other one still listens')
  second!.close()
  t.equal(listeners(), 0)
  presence.connect({ userId: 'ann', room: 'chat', signal: controller.signal })
  t.match(presence.stats(), { connections: 1 })
  controller.abort()
  t.equal(listeners(), 0)
  t.match(presence.stats(), { connections: 0, users: 1 }, 'with the grace of any close')
  clock.advance(5000)
  t.same(await chat.news(), ['snapshot', 'join ann online', 'leave ann'])
})

test('a connection whose signal has aborted already is never seen', async t => {
  const { presence, clock, follow } = start(t)
  const chat = follow('chat')
  const { close, update, id } = presence.connect({ userId: 'ann', room: 'chat', signal: AbortSignal.abort() })
  t.ok(id)
  t.match(presence.stats(), { connections: 0, users: 0 })
  update({ status: 'busy' })
  t.throws(() => update({ status: 'x' as never }), { code: 'FST_PRESENCE_INVALID_STATUS' })
  close()
  t.equal(clock.timers, 0)
  t.same(await chat.news(), ['snapshot'])
})

test('after the close of presence no signal is listened to', t => {
  const { presence } = start(t)
  const controllers = [new AbortController(), new AbortController()]
  const [connection] = controllers.map(({ signal }) => presence.connect({ userId: 'ann', signal }))
  presence.close()
  for (const { signal } of controllers) t.equal(getEventListeners(signal, 'abort').length, 0)
  connection!.close()
  controllers[0]!.abort()
  t.match(presence.stats(), { connections: 0 })
  t.end()
})

test('all that is answered is frozen, but for the map of getMany', async t => {
  const { presence } = start(t)
  presence.connect({ userId: 'ann', room: 'chat', meta: { a: 1 } })
  await presence.setCustomStatus('ann', { text: 'here' })
  const many = await presence.getMany(['ann', 'bob'])
  const answers = [await presence.list('chat'), await presence.count('chat'), await presence.get('ann'), await presence.get('bob'), ...many.values(), presence.stats()]
  const isFrozen = (value: unknown): boolean => typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen))
  for (const answer of answers) t.ok(isFrozen(answer), JSON.stringify(answer))
  t.ok(many.delete('bob'))
})

test('the meta shown is that of the connection that became visible last, copied, and frozen', async t => {
  const { presence, follow } = start(t)
  const chat = follow('chat')
  await chat.news()
  const meta = { tags: ['a'], __proto__: null }
  Object.setPrototypeOf(meta, Object.prototype)
  presence.connect({ userId: 'ann', room: 'chat', meta })
  meta.tags.push('b')
  const [member] = (await presence.list('chat')).members
  t.same(member?.meta, { tags: ['a'] })
  t.throws(() => { (member?.meta as typeof meta).tags.push('c') }, TypeError)
  t.throws(() => { (member as { state: string }).state = 'busy' }, TypeError)
  const second = presence.connect({ userId: 'ann', room: 'chat', meta: 2 })
  second.update({ meta: null })
  second.update({ meta: null })
  second.close()
  t.same(await chat.news(), ['join ann online {"tags":["a"]}', 'update ann online 2', 'update ann online', 'update ann online {"tags":["a"]}'])
})

test('an update after the close changes nothing, and its mistakes are still told', async t => {
  const { presence, clock, follow } = start(t)
  const chat = follow('chat')
  const { update, close } = presence.connect({ userId: 'ann', room: 'chat' })
  await chat.news()
  close()
  update({ status: 'busy', meta: 1 })
  t.throws(() => update({ meta: NaN }), { code: 'FST_PRESENCE_INVALID_META' })
  clock.advance(5000)
  update({ status: 'busy' })
  t.same(await chat.news(), ['leave ann'])
  t.match(presence.stats(), { connections: 0, users: 0 })
})

test('a list holds at most maxMembers, the first that came, and the total stays right', async t => {
  const { presence, follow } = start(t, { maxMembers: 2 })
  for (const userId of ['ann', 'bob', 'cleo']) presence.connect({ userId, room: 'chat' })
  t.match(await presence.list('chat'), { members: [{ userId: 'ann' }, { userId: 'bob' }], total: 3, complete: false })
  t.equal((await presence.list('chat')).members.length, 2)
  t.match(await presence.count('chat'), { total: 3 })
  const chat = follow('chat')
  t.same(await chat.news(), ['snapshot ann bob'])
  t.match(chat.events, [{ total: 3, complete: false, source: 'local', asOf: 1_000_000 }])
})

test('with everywhere: false there is no room *, and a call without a room says so', async t => {
  const { presence, clock } = start(t, { everywhere: false })
  const connection = presence.connect({ userId: 'ann', room: 'chat' })
  t.match(presence.stats(), { rooms: 1 })
  t.match(await presence.get('ann', 'chat'), { state: 'online' })
  const error = { code: 'FST_PRESENCE_INVALID_ROOM', message: /everywhere: false/ }
  t.throws(() => presence.connect({ userId: 'ann' }), error)
  t.throws(() => presence.watch('*', { signal: AbortSignal.timeout(1) }), error)
  for (const call of [presence.list(), presence.count('*'), presence.get('ann'), presence.getMany(['ann'])]) await t.rejects<unknown>(call, error)
  t.equal(await presence.setCustomStatus('ann', { text: 'here' }), true)
  connection.close()
  clock.advance(5000)
  t.match(presence.stats(), { rooms: 0 })
})

test('what a user is called or a room is named is any text', async t => {
  const { presence } = start(t)
  const names = ['__proto__', 'constructor', 'toString', 'a:b', ':', '👩‍👩‍👧', ' ', '\0', 'x'.repeat(128), 'é'.repeat(64)]
  for (const room of names) for (const userId of names) presence.connect({ userId, room })
  for (const room of names) t.same((await presence.list(room)).members.map(({ userId }) => userId), names)
  t.match(presence.stats(), { connections: 100, users: 10, rooms: 11 })
})

test('once closed, nobody is known, nobody can connect, and no timer is left', async t => {
  const { presence, clock } = start(t)
  const connection = presence.connect({ userId: 'ann', room: 'chat' })
  presence.connect({ userId: 'bob', room: 'chat' }).close()
  await presence.setCustomStatus('ann', { text: 'soon', expiresAt: clock.now() + 1000 })
  t.equal(clock.timers, 2)
  presence.close()
  t.equal(clock.timers, 0)
  connection.update({ status: 'busy' })
  t.match(presence.stats(), { connections: 0, users: 0, rooms: 0 })
  connection.close()
  t.equal(clock.timers, 0)
  presence.close()
  t.match(await presence.get('ann'), { state: 'unknown' })
  t.equal(await presence.setCustomStatus('ann', { text: 'late' }), false)
  t.throws(() => presence.connect({ userId: 'ann' }), { code: 'FST_PRESENCE_CLOSED', statusCode: 503 })
  t.equal(clock.timers, 0)
})
