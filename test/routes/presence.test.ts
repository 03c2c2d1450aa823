import Fastify from 'fastify'
import { test } from 'tap'
import { identity } from '../../example/identity.ts'
import { createLocalPresence, type Member, type Presence } from '../../plugins/presence/index.ts'
import presenceRoutes from '../../routes/presence/index.ts'
import { startApp } from '../app.ts'
import { EventStream } from '../event-stream.ts'
import { signIn } from '../sign-in.ts'

const room = (name: string) => `/presence/${encodeURIComponent(name)}`
const ODD = ['__proto__', 'constructor', 'toString', 'r:lobby', 'up:presence:n', '*', 'a/b?c#d', 'ü'.repeat(64), '🦊', ' ', '%2F', '{}']

test('who is in a room is listed, with name and status', async t => {
  const { app } = await startApp(t)
  const ann = await signIn(app, 'Ann')
  app.presence.connect({ userId: 'bob', room: 'lobby', status: 'away', meta: { name: 'Bob' } })
  await app.presence.setCustomStatus('bob', { text: 'at lunch', emoji: '🥪' })
  const reply = await app.inject({ url: room('lobby'), headers: { cookie: ann.cookie } })
  t.match(reply.json(), {
    members: [{ userId: 'bob', state: 'away', connections: 1, meta: { name: 'Bob' }, customStatus: { text: 'at lunch', emoji: '🥪' }, since: Number }],
    total: 1,
    complete: false,
    source: 'local',
    asOf: Number
  })
  t.equal(reply.headers['cache-control'], 'no-store')
})

test('many users are asked for at once, each with what is known of him', async t => {
  const { app } = await startApp(t)
  const { cookie } = await signIn(app, 'Ann')
  const ask = async (query: string) => (await app.inject({ url: `/presence?${query}`, headers: { cookie } })).json()
  app.presence.connect({ userId: '__proto__', room: 'lobby', status: 'busy' })
  t.match(await ask('ids=__proto__,bob,bob&room=lobby'), {
    users: [{ userId: '__proto__', state: 'busy', connections: 1, asOf: Number }, { userId: 'bob', state: 'unknown' }]
  })
  t.match(await ask('ids=__proto__'), { users: [{ state: 'busy' }] })
  t.match(await ask('ids=__proto__&room=attic'), { users: [{ state: 'unknown' }] })
  const ids = Array.from({ length: 200 }, (_, n) => `user-${n}`).join()
  t.equal((await ask(`ids=${ids}`)).users.length, 200)
  for (const query of ['', 'ids=', 'ids=a,', `ids=${ids},one-more`, `ids=${'x'.repeat(129)}`, 'ids=a%00b', 'ids=a&room=', `ids=a&room=${'x'.repeat(129)}`]) {
    t.match(await ask(query), { status: 400, code: /^FST_(ERR_VALIDATION|EXAMPLE_BAD_(IDS|ROOM))$/ }, query.slice(0, 40))
  }
})

test('any room is itself and no other; what is no room is 400', async t => {
  const { app } = await startApp(t)
  const { cookie } = await signIn(app, 'Ann')
  for (const [n, name] of ODD.entries()) app.presence.connect({ userId: `user-${n}`, room: name })
  for (const [n, name] of ODD.entries()) {
    const { members, total } = (await app.inject({ url: room(name), headers: { cookie } })).json()
    t.equal(total, name === '*' ? ODD.length : 1, name)
    t.ok(members.some(({ userId }: { userId: string }) => userId === `user-${n}`))
  }
  for (const name of ['ü'.repeat(65), 'x'.repeat(129), 'x'.repeat(1000), 'a\nb', '\u0000', '\u007f']) {
    for (const [method, path] of [['GET', ''], ['GET', '/stream'], ['POST', '/status'], ['POST', '/typing']] as const) {
      const reply = await app.inject({ method, url: room(name) + path, headers: { cookie }, ...(path === '/status' ? { payload: { status: 'away' } } : {}) })
      t.match(reply.json(), { status: 400, code: /^FST_(ERR_VALIDATION|EXAMPLE_BAD_ROOM)$/ }, `${method} ${path}`)
    }
  }
  t.equal((await app.inject({ url: '/presence/', headers: { cookie } })).statusCode, 400)
  t.equal((await app.inject({ url: '/presence//stream', headers: { cookie } })).statusCode, 400)
  t.equal(app.presence.stats().watches.total, 0)
})

test('a status and a custom status are seen by others', async t => {
  const { app } = await startApp(t)
  const [ann, bob] = [await signIn(app, 'Ann'), await signIn(app, 'Bob')]
  const watching = await EventStream.open(t, app, '/presence/lobby/stream', { cookie: bob.cookie })
  await EventStream.open(t, app, '/presence/lobby/stream?status=busy', { cookie: ann.cookie })
  await watching.has(event => event.type === 'join' && event.member.userId === ann.id && event.member.state === 'busy')
  const set = async (payload: object) => (await app.inject({ method: 'POST', url: '/presence/lobby/status', payload, headers: { cookie: ann.cookie } })).statusCode
  const update = async (wanted: (member: Member) => boolean) => await watching.has(event => event.type === 'update' && event.member.userId === ann.id && wanted(event.member))

  t.equal(await set({ status: 'away' }), 204)
  await update(({ state }) => state === 'away')
  const before = Date.now()
  t.equal(await set({ customStatus: { text: 'in a call', emoji: '📞', expiresInSeconds: 60 } }), 204)
  const { event } = await update(({ customStatus }) => customStatus?.text === 'in a call')
  const expiresAt = event.type === 'update' ? Number(event.member.customStatus?.expiresAt) : 0
  t.ok(expiresAt >= before + 60_000 && expiresAt <= Date.now() + 60_000)
  t.equal(await set({ customStatus: null, status: 'online' }), 204)
  await update(({ state, customStatus }) => state === 'online' && customStatus === undefined)
  t.equal(await set({ customStatus: { text: 'for long' } }), 204)
  await update(({ customStatus }) => customStatus?.text === 'for long' && customStatus.expiresAt === undefined)
})

test('nobody speaks as another: an id in the body or the query changes nothing', async t => {
  const { app } = await startApp(t)
  const [ann, eve] = [await signIn(app, 'Ann'), await signIn(app, 'Eve')]
  const stream = await EventStream.open(t, app, '/presence/lobby/stream', { cookie: ann.cookie })
  await EventStream.open(t, app, `/presence/lobby/stream?userId=${ann.id}&id=${ann.id}&name=Ann&status=busy`, { cookie: eve.cookie })
  const { event } = await stream.has(event => event.type === 'join' && event.member.state === 'busy')
  t.match(event, { member: { userId: eve.id, meta: { name: 'Eve' } } })
  for (const [path, payload] of [['status', { status: 'away', customStatus: { text: 'I am Ann', userId: ann.id } }], ['typing', {}]] as const) {
    const reply = await app.inject({
      method: 'POST', url: `/presence/lobby/${path}?userId=${ann.id}`, payload: { ...payload, userId: ann.id, id: ann.id, name: 'Ann' }, headers: { cookie: eve.cookie }
    })
    t.equal(reply.statusCode, 204)
  }
  await stream.has(event => event.type === 'signal' && event.userId === eve.id)
  t.match(await app.presence.getMany([ann.id, eve.id], 'lobby'), new Map([[ann.id, { state: 'online', customStatus: undefined }], [eve.id, { state: 'away', customStatus: { text: 'I am Ann' } }]]))
})

test('who types is told to who watches, unless he hides or is not there', async t => {
  const { app } = await startApp(t)
  const [ann, bob, cleo] = [await signIn(app, 'Ann'), await signIn(app, 'Bob'), await signIn(app, 'Cleo')]
  const type = async ({ cookie }: { cookie: string }, headers = {}) => (await app.inject({ method: 'POST', url: '/presence/lobby/typing', headers: { cookie, ...headers } }))
  const stream = await EventStream.open(t, app, '/presence/lobby/stream', { cookie: bob.cookie })
  await EventStream.open(t, app, '/presence/lobby/stream?status=invisible', { cookie: ann.cookie })
  t.match((await type(ann)).json(), { status: 409, code: 'FST_EXAMPLE_NOT_HERE' }, 'hidden')
  t.match((await type(cleo)).json(), { status: 409, code: 'FST_EXAMPLE_NOT_HERE' }, 'not there')
  // As though another process had her stream.
  app.presence.connect({ userId: cleo.id, room: 'lobby' })
  t.equal((await type(cleo)).statusCode, 204)
  t.equal((await type(bob)).statusCode, 204)
  const { id, event } = await stream.has(event => event.type === 'signal' && event.userId === cleo.id)
  t.match(event, { name: 'typing', room: 'lobby' })
  t.equal(id, undefined, 'there is no coming back to it')
  for (let n = 0; n < 59; n++) await type(bob)
  t.match((await type(bob)).json(), { status: 429 })
  t.equal((await type(cleo)).statusCode, 204, 'a limit for each user')
})

test('a status without a stream here says what to do', async t => {
  const { app } = await startApp(t)
  const { cookie } = await signIn(app, 'Ann')
  const set = async (payload: object) => (await app.inject({ method: 'POST', url: '/presence/lobby/status', payload, headers: { cookie } })).json()
  const problem = { status: 409, code: 'FST_EXAMPLE_NO_STREAM', detail: /open GET \/presence\/:room\/stream\?status=… anew/ }
  await EventStream.open(t, app, '/presence/attic/stream', { cookie: (await signIn(app, 'Bob')).cookie })
  t.match(await set({ status: 'away' }), problem)
  t.match(await set({ customStatus: { text: 'hello' } }), problem)
  await EventStream.open(t, app, '/presence/attic/stream', { cookie })
  t.match(await set({ status: 'away' }), problem, 'of another room')
})

test('a custom status that Redis could not be told of is 503', async t => {
  const app = Fastify()
  t.after(() => app.close())
  const local = createLocalPresence()
  const presence: Presence = {
    enabled: true,
    connect: connection => local.connect(connection),
    list: room => local.list(room),
    count: room => local.count(room),
    get: (userId, room) => local.get(userId, room),
    getMany: (userIds, room) => local.getMany(userIds, room),
    setCustomStatus: async () => false,
    signal: (...signal) => local.signal(...signal),
    watch: (room, options) => local.watch(room, options),
    stats: () => local.stats()
  }
  app.decorate('presence', presence)
  await app.register(identity)
  await app.register(presenceRoutes, { prefix: '/presence' })
  await app.register(import('../../routes/session/index.ts'), { prefix: '/session' })
  const { cookie } = await signIn(app, 'Ann')
  await EventStream.open(t, app, '/presence/lobby/stream', { cookie })
  const reply = await app.inject({ method: 'POST', url: '/presence/lobby/status', payload: { status: 'away', customStatus: null }, headers: { cookie } })
  t.match(reply.json(), { statusCode: 503, code: 'FST_EXAMPLE_NOT_KEPT' })
  t.match((await local.list('lobby')).members, [{ state: 'online' }], 'nothing of it')
})

test('what is no status is 400', async t => {
  const { app } = await startApp(t)
  const { cookie } = await signIn(app, 'Ann')
  await EventStream.open(t, app, '/presence/lobby/stream', { cookie })
  for (const payload of [
    {}, [], { status: 'gone' }, { customStatus: {} }, { customStatus: { text: '' } }, { customStatus: { text: 'x'.repeat(65) } },
    { customStatus: { text: 'a\nb' } }, { customStatus: { text: '\ud800' } }, { customStatus: { text: 'a', emoji: '' } }, { customStatus: { text: 'a', emoji: 'x'.repeat(17) } },
    { customStatus: { text: 'a', expiresInSeconds: 0 } }, { customStatus: { text: 'a', expiresInSeconds: 1e9 } }, { customStatus: { text: 'a', expiresInSeconds: 0.5 } }
  ]) {
    const reply = await app.inject({ method: 'POST', url: '/presence/lobby/status', payload, headers: { cookie } })
    t.match(reply.json(), { status: 400, code: 'FST_ERR_VALIDATION' }, JSON.stringify(payload))
  }
  const longest = await app.inject({ method: 'POST', url: '/presence/lobby/status', payload: { customStatus: { text: '🦊'.repeat(64), emoji: '🦊'.repeat(16) } }, headers: { cookie } })
  t.equal(longest.statusCode, 204, 'the longest is none too long for presence')
})
