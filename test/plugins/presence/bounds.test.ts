import { test } from 'tap'
import { createLocalPresence, type CustomStatus, type LocalPresenceOptions, type Meta, type NewConnection, type PresenceStatus } from '../../../plugins/presence/index.ts'
import { start } from './presence.ts'

const SECRET = 's3cr3t'
// Each has the secret in it where it can, and is refused.
const IDS: unknown[] = [undefined, null, '', 1, {}, [SECRET], `${SECRET}${'x'.repeat(128)}`, `${SECRET}${'é'.repeat(62)}`, `${SECRET}\ud800`]

test('a user id or a room that is no text of 1 to 128 bytes is refused by every call, at once', async t => {
  const { presence } = start(t)
  const { signal } = new AbortController()
  for (const id of IDS as string[]) {
    const user = { code: 'FST_PRESENCE_INVALID_USER_ID', statusCode: 500, message: /: each user id must be text of 1 to 128 bytes/ }
    t.throws(() => presence.connect({ userId: id }), user)
    for (const call of [presence.get(id), presence.getMany(['ann', id]), presence.setCustomStatus(id, null), presence.signal('chat', id, 'typing')]) await t.rejects<unknown>(call, user)
    if (id === undefined) continue
    const room = { code: 'FST_PRESENCE_INVALID_ROOM', statusCode: 500, message: /: a room must be text of 1 to 128 bytes/ }
    t.throws(() => presence.connect({ userId: 'ann', room: id }), room)
    t.throws(() => presence.watch(id, { signal }), room)
    for (const call of [presence.list(id), presence.count(id), presence.get('ann', id), presence.getMany([], id), presence.signal(id, 'ann', 'typing')]) await t.rejects<unknown>(call, room)
  }
  await t.rejects(presence.getMany('ann' as unknown as string[]), { code: 'FST_PRESENCE_INVALID_USER_ID' }, 'a text has no ids in it')
  t.match(presence.stats(), { connections: 0, users: 0, rooms: 0 })
})

test('meta that JSON would change, cannot carry or that is too large is refused', t => {
  const { presence } = start(t)
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const refused = [
    NaN, Infinity, 1n, Symbol('x'), () => {}, new Date(), new Map(), /x/, Object.create(null), new (class User { name = SECRET })(), { a: undefined }, [undefined], new Array(1), Object('x'), Object.assign([1], { more: 2 }), { [Symbol('s')]: 1 }, Object.assign(() => {}, { toJSON: () => ({}) }), { a: { toJSON: () => null } },
    { toJSON: () => SECRET }, cycle, 'x'.repeat(1023), { text: 'é'.repeat(600) }, [[[{ deep: new Set() }]]]
  ] as Meta[]
  const error = { code: 'FST_PRESENCE_INVALID_META', statusCode: 500, message: /meta must be plain JSON/ }
  const connection = presence.connect({ userId: 'ann', meta: 'kept' })
  for (const meta of refused) {
    t.throws(() => presence.connect({ userId: 'bob', meta }), error)
    t.throws(() => connection.update({ status: 'busy', meta }), error)
  }
  t.match(presence.stats(), { connections: 1, events: { join: 1, update: 0 } }, 'a refused call leaves nothing behind')
  t.end()
})

test('all that JSON has is kept as it is, up to 1,024 bytes', async t => {
  const { presence } = start(t)
  const kept: Meta[] = ['', 0, false, true, -1.5e300, [], {}, [null], { a: [{ b: null }] }, JSON.parse('{"__proto__":{"x":1},"constructor":2}'), '\ud800', '👋', 'x'.repeat(1022)]
  for (const [index, meta] of kept.entries()) {
    const room = `room ${index}`
    presence.connect({ userId: 'ann', room, meta })
    const [member] = (await presence.list(room)).members
    t.strictSame(member?.meta, meta)
    t.equal(JSON.stringify(member?.meta), JSON.stringify(meta))
  }
  t.notOk('x' in {}, 'no prototype was touched')
})

test('-0 in meta is taken for 0, and is no other meta', async t => {
  const { presence, follow } = start(t)
  const chat = follow('chat')
  const connection = presence.connect({ userId: 'ann', room: 'chat', meta: { x: Math.round(-0.3), at: [-0] } })
  connection.update({ meta: { x: 0, at: [0] } })
  t.same(await chat.news(), ['snapshot', 'join ann online {"x":0,"at":[0]}'])
  const [member] = (await presence.list('chat')).members
  t.ok(Object.is((member?.meta as { x: number }).x, 0))
})

test('a status is one of the four', t => {
  const { presence } = start(t)
  const connection = presence.connect({ userId: 'ann' })
  const error = { code: 'FST_PRESENCE_INVALID_STATUS', statusCode: 500, message: /'online', 'away', 'busy' or 'invisible'/ }
  for (const status of ['offline', 'unknown', '', null, 1, 'toString', SECRET] as unknown[] as PresenceStatus[]) {
    t.throws(() => presence.connect({ userId: 'ann', status }), error)
    t.throws(() => connection.update({ status }), error)
  }
  t.end()
})

test('a custom status is of its form and within its bounds, whether the user is here or not', async t => {
  const { presence } = start(t)
  presence.connect({ userId: 'ann' })
  for (const [status, message] of [
    [undefined, /text must/], ['lunch', /text must/], [{}, /text must/], [{ text: '' }, /text must/], [{ text: 'é'.repeat(129) }, /text must/], [{ text: '\ud800' }, /text must/],
    [{ text: SECRET, emoji: '' }, /emoji must/], [{ text: SECRET, emoji: 'x'.repeat(65) }, /emoji must/], [{ text: SECRET, emoji: 1 }, /emoji must/],
    [{ text: SECRET, expiresAt: new Date() }, /expiresAt must.*getTime/], [{ text: SECRET, expiresAt: NaN }, /expiresAt/], [{ text: SECRET, expiresAt: '5' }, /expiresAt/],
    [{ text: 'x', expiresat: 5 }, /known are text, emoji, expiresAt/]
  ] as Array<[CustomStatus, RegExp]>) {
    for (const userId of ['ann', 'bob']) await t.rejects(presence.setCustomStatus(userId, status), { code: 'FST_PRESENCE_INVALID_CUSTOM_STATUS', statusCode: 500, message })
  }
  const widest = { text: 'é'.repeat(128), emoji: 'x'.repeat(64) }
  t.equal(await presence.setCustomStatus('ann', { ...widest, expiresAt: undefined, extra: undefined } as CustomStatus), true)
  t.strictSame((await presence.get('ann')).customStatus, widest)
})

test('a signal needs a name of 1 to 64 bytes', async t => {
  const { presence } = start(t)
  for (const name of [undefined, '', 1, `${SECRET}${'x'.repeat(64)}`, `${SECRET}\ud800`] as string[]) {
    await t.rejects(presence.signal('chat', 'ann', name), { code: 'FST_PRESENCE_INVALID_SIGNAL', statusCode: 500, message: /^(?!.*s3cr3t)/ })
  }
  t.equal(presence.stats().signals, 0)
  t.equal(await presence.signal('chat', 'ann', 'x'.repeat(64)), true, 'also where nobody watches')
})

test('a watch needs the signal that ends it', t => {
  const { presence } = start(t)
  for (const options of [undefined, {}, { signal: undefined }, { signal: 'x' }] as never[]) {
    t.throws(() => presence.watch('chat', options), { code: 'FST_PRESENCE_INVALID_WATCH', statusCode: 500 })
  }
  t.end()
})

test('no object, or one with a property that does not exist, is refused by what knows no such property', t => {
  const { presence } = start(t)
  const { signal } = new AbortController()
  const error = { code: 'FST_PRESENCE_INVALID_ARGUMENT', statusCode: 500, message: /^(?!.*s3cr3t)/ }
  for (const given of [undefined, null, SECRET, 1, { userId: 'ann', rooms: [SECRET] }, { userId: 'ann', [SECRET]: 1 }] as never[]) {
    t.throws(() => presence.connect(given), { ...error, message: /connect: .*userId, room, status, meta, signal/ })
    t.throws(() => presence.connect(given), error)
  }
  for (const bad of [null, 'x', {}, new AbortController()] as never[]) t.throws(() => presence.connect({ userId: 'ann', signal: bad }), { ...error, message: /AbortSignal/ })
  const connection = presence.connect({ userId: 'ann', rooms: undefined } as NewConnection)
  for (const given of [undefined, null, SECRET, { state: 'busy' }] as never[]) t.throws(() => connection.update(given), { ...error, message: /update: .*status, meta/ })
  t.throws(() => presence.watch('chat', { signal, lasteventid: 'x' } as never), { ...error, message: /watch: .*signal, lastEventId/ })
  t.match(presence.stats(), { connections: 1, users: 1, events: { join: 1, update: 0 } }, 'a refused call leaves nothing behind')
  t.end()
})

test('options are checked without Fastify too', t => {
  for (const [options, message] of [
    [{ grace: 3e9 }, 'presence: option grace must be <= 2147483647'],
    [{ grace: NaN }, /option grace must be/],
    [{ backlog: 0 }, 'presence: option backlog must be >= 1'],
    [{ gracePeriod: 5 }, 'presence: unknown option gracePeriod'],
    ...[null, {}, { now: Date.now }, { after: Date.now }].map(clock => [{ clock }, 'presence: option clock must have the methods now() and after(ms, run)'])
  ] as Array<[LocalPresenceOptions, string]>) {
    t.throws(() => createLocalPresence(options), { code: 'FST_UPSTASH_INVALID_OPTION', message })
  }
  createLocalPresence({ grace: undefined, clock: undefined }).close()
  t.end()
})

test('no message repeats what was given', async t => {
  const { presence } = start(t)
  const messages: string[] = []
  const note = (error: unknown) => { messages.push(String(error), JSON.stringify(error)) }
  const long = SECRET.repeat(300)
  for (const connection of [{ userId: long }, { userId: 'ann', room: long }, { userId: 'ann', status: SECRET }, { userId: 'ann', meta: long }]) {
    try { presence.connect(connection as NewConnection) } catch (error) { note(error) }
  }
  await presence.get(long).catch(note)
  await presence.setCustomStatus('ann', { text: long }).catch(note)
  t.equal(messages.length, 12)
  t.notMatch(messages.join(), SECRET)
})
