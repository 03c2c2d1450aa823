import { once } from 'node:events'
import Fastify, { type preHandlerAsyncHookHandler } from 'fastify'
import { test, type Test } from 'tap'
import { identity } from '../../example/identity.ts'
import { createLocalPresence } from '../../plugins/presence/index.ts'
import presenceRoutes from '../../routes/presence/index.ts'
import sessionRoutes from '../../routes/session/index.ts'
import { startApp } from '../app.ts'
import { EventStream } from '../event-stream.ts'
import { signIn } from '../sign-in.ts'

const STREAM = '/presence/lobby/stream'

/** The routes alone, with a presence and a time of the test's own. */
async function startRoutes (t: Test, options: { grace?: number, maxStreamAge?: number, preHandler?: preHandlerAsyncHookHandler }) {
  const { maxStreamAge, preHandler = async () => {}, ...rest } = options
  const presence = createLocalPresence(rest)
  const app = Fastify()
  t.after(() => app.close())
  app.decorate('presence', presence)
  app.addHook('preHandler', preHandler)
  await app.register(identity)
  await app.register(sessionRoutes, { prefix: '/session' })
  await app.register(presenceRoutes, { prefix: '/presence', ...maxStreamAge === undefined ? {} : { maxStreamAge } })
  return { app, presence }
}

test('an open stream is a presence with a name, and ends with the request', async t => {
  const { app, presence } = await startRoutes(t, { grace: 0 })
  const [ann, bob] = [await signIn(app, 'Ann'), await signIn(app, 'Bob')]
  const stream = await EventStream.open(t, app, STREAM, { cookie: bob.cookie })
  t.match(stream.response.headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const { event, id } = await stream.has(({ type }) => type === 'snapshot')
  t.match(event, { members: [{ userId: bob.id, meta: { name: 'Bob' }, state: 'online' }], source: 'local' })
  t.equal(id, event.id)
  const own = await EventStream.open(t, app, `${STREAM}?status=away`, { cookie: ann.cookie })
  await stream.has(event => event.type === 'join' && event.member.userId === ann.id)
  t.match((await presence.list('lobby')).members, [{}, { userId: ann.id, state: 'away' }])
  own.leave()
  await stream.has(event => event.type === 'leave' && event.userId === ann.id)
  t.same(stream.told, ['snapshot 1', `join ${ann.id}`, `leave ${ann.id}`])
})

test('who comes back with the last id misses nothing and sees nothing twice', async t => {
  const { app } = await startApp(t)
  const { cookie } = await signIn(app, 'Ann')
  const first = await EventStream.open(t, app, STREAM, { cookie })
  const { id = '' } = await first.has(({ type }) => type === 'snapshot')
  app.presence.connect({ userId: 'bob', room: 'lobby' })
  await first.has(({ type }) => type === 'join')
  const cleo = app.presence.connect({ userId: 'cleo', room: 'lobby' })
  cleo.update({ status: 'busy' })
  const last = async (stream: EventStream) => await stream.has(event => event.type === 'update')
  const header = await EventStream.open(t, app, `${STREAM}?lastEventId=beaten-by-the-header`, { cookie, 'last-event-id': id })
  const query = await EventStream.open(t, app, `${STREAM}?lastEventId=${encodeURIComponent(id)}`, { cookie })
  for (const stream of [header, query]) {
    await last(stream)
    t.same(stream.told, ['join bob', 'join cleo', 'update cleo'])
  }
  const foreign = await EventStream.open(t, app, STREAM, { cookie, 'last-event-id': 'of another process' })
  t.equal((await foreign.has(() => true)).event.type, 'snapshot')
  const { id: now = '' } = await last(first)
  const quiet = await EventStream.open(t, app, STREAM, { cookie, 'last-event-id': now })
  t.equal(quiet.response.statusCode, 200, 'the headers come also where there is nothing to tell')
})

test('a stream ends after its time, and presence with it', async t => {
  const { app, presence } = await startRoutes(t, { grace: 0, maxStreamAge: 10 })
  const { cookie } = await signIn(app, 'Ann')
  const stream = await EventStream.open(t, app, STREAM, { cookie })
  await stream.ended()
  t.ok(stream.response.complete, 'as a stream that was not cut')
  t.equal((await presence.count('lobby')).total, 0)
})

test('the app closes at once while streams are open, also where nobody reads them', async t => {
  const { app } = await startApp(t)
  const { cookie } = await signIn(app, 'Ann')
  const reading = await EventStream.open(t, app, STREAM, { cookie })
  // A snapshot that no socket's buffers hold.
  for (let n = 0; n < 10_000; n++) app.presence.connect({ userId: `user-${n}`, room: 'full', meta: 'x'.repeat(1000) })
  const stuck = await EventStream.open(t, app, '/presence/full/stream', { cookie: (await signIn(app, 'Bob')).cookie })
  stuck.pause()
  const before = performance.now()
  const closed = app.close()
  await Promise.all([closed, reading.ended()])
  t.ok(reading.response.complete)
  t.ok(performance.now() - before < 2000)
})

test('a client that went away before its stream began is never seen', async t => {
  const { app, presence } = await startRoutes(t, {
    grace: 0,
    preHandler: async (request, reply) => {
      if (request.headers['x-gone'] === undefined) return
      reply.raw.destroy()
      await once(reply.raw, 'close')
    }
  })
  const { cookie } = await signIn(app, 'Ann')
  const watching = await EventStream.open(t, app, STREAM, { cookie: (await signIn(app, 'Bob')).cookie })
  await t.rejects(EventStream.open(t, app, STREAM, { cookie, 'x-gone': '1' }))
  presence.connect({ userId: 'cleo', room: 'lobby' })
  await watching.has(event => event.type === 'join' && event.member.userId === 'cleo')
  t.same(watching.told, ['snapshot 1', 'join cleo'])
  t.equal(presence.stats().watches.open, 1)
})

test('a user has at most 20 streams at once, and a room has no HEAD of one', async t => {
  const { app } = await startApp(t)
  const { cookie } = await signIn(app, 'Ann')
  const streams = []
  for (let n = 0; n < 20; n++) streams.push(await EventStream.open(t, app, STREAM, { cookie }))
  const one = await EventStream.open(t, app, STREAM, { cookie })
  t.equal(one.response.statusCode, 429)
  t.equal(app.presence.stats().connections, 20)
  t.equal((await app.inject({ method: 'HEAD', url: STREAM, headers: { cookie } })).statusCode, 404)
  t.match((await app.inject({ url: `${STREAM}?status=gone`, headers: { cookie } })).json(), { status: 400 })
})
