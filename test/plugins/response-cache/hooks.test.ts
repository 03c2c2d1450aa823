import type { FastifyInstance, FastifyReply } from 'fastify'
import { test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import { get, isReused, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

type Change = (reply: FastifyReply, payload: unknown) => unknown

/** Ways in which a plugin has a hook run before replies are sent. */
const WAYS: Record<string, (app: FastifyInstance, change: Change) => void> = {
  'of the app': (app, change) => { app.addHook('onSend', async (_request, reply, payload) => change(reply, payload)) },
  'that is appended to each route': (app, change) => {
    app.addHook('onRoute', route => { route.onSend = [...[route.onSend ?? []].flat(), async (_request, reply, payload) => change(reply, payload)] })
  },
  'that is pushed into the hooks of each route': (app, change) => {
    app.addHook('onRoute', route => {
      const hooks = [route.onSend ?? []].flat()
      route.onSend = hooks
      ;(route.onSend as typeof hooks).push(async (_request, reply, payload) => change(reply, payload))
    })
  }
}

for (const [way, add] of Object.entries(WAYS)) {
  for (const level of ['root', 'child'] as const) {
    test(`what a hook ${way} says is heard, where its plugin came later, in ${level}`, async t => {
      for (const [fields, kept] of [[{ 'cache-control': 'no-store' }, false], [{ 'cache-control': 'private' }, false], [{ vary: '*' }, false], [{ 'set-cookie': 'a=1' }, false], [{ 'x-a': '1' }, true]] as const) {
        const { app } = await startResponseCache(t)
        const routes = async (scope: FastifyInstance) => {
          add(scope, (reply, payload) => { reply.headers(fields); return payload })
          route(scope, POLICY, replies({}))
        }
        if (level === 'child') await app.register(routes)
        else await routes(app)
        t.match(await get(app), { body: 'run 1', headers: fields })
        t.equal(await isReused(app), kept, JSON.stringify(fields))
      }
    })
  }
}

test('a plugin that takes the hooks of routes away takes none of this one\'s', async t => {
  const { app } = await startResponseCache(t)
  app.addHook('onRoute', route => { Object.assign(route, { onSend: undefined }) })
  route(app, POLICY, replies({}))
  await get(app)
  t.ok(await isReused(app))
})

test('what hooks make of a body is what is stored, and of the bytes of a hit what is sent', async t => {
  const { app } = await startResponseCache(t)
  app.addHook('onSend', async (request, reply, payload) => {
    const { 'x-upper': upper } = request.headers
    return upper === undefined ? `${String(payload)}${reply.hasHeader('age') ? '' : ` for ${String(request.headers['x-name'])}`}` : String(payload).toUpperCase()
  })
  route(app, POLICY, replies({}, { body: 'body' }))
  t.equal((await get(app, { 'x-name': 'ada' })).body, 'body for ada')
  t.match(await get(app, { 'x-name': 'ben' }), { body: 'body for ada', headers: { 'cache-status': /; hit/ } })
  t.match(await get(app, { 'x-upper': '1' }), { body: 'BODY FOR ADA', headers: { 'cache-status': /; hit/ } })
})

test('a hit is not serialised once more, and an error of a hook after it as on any route', async t => {
  const { app } = await startResponseCache(t)
  app.setErrorHandler(async (error: Error, _request, reply) => await reply.code(418).send({ message: error.message, secret: 1 }))
  app.addHook('preHandler', async (request, reply) => { if (request.url === '/own') reply.serializer(payload => `own ${JSON.stringify(payload)}`) })
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.headers['x-fails'] === undefined || reply.statusCode === 418) return payload
    throw new Error('of a hook')
  })
  const response = { '4xx': { type: 'object', properties: { message: { type: 'string' } } } }
  app.get('/own', { config: { cache: POLICY } }, async (_request, reply) => await reply.type('application/vnd.own+json').send({ a: 1 }))
  app.get('/schema', { config: { cache: POLICY }, schema: { response } }, async () => ({ a: 1 }))
  for (const [url, body, type] of [['/own', 'own {"a":1}', 'application/vnd.own+json'], ['/schema', '{"a":1}', 'application/json; charset=utf-8']] as const) {
    for (const status of [/stored/, /; hit/, /; hit/]) {
      t.match(await get(app, {}, { url }), { body, headers: { 'content-type': type, 'cache-status': status } })
      const failed = await get(app, { 'x-fails': '1' }, { url })
      if (url === '/own') t.match(failed, { statusCode: 418, body: /of a hook/ })
      else t.match(failed, { statusCode: 418, headers: { 'content-type': 'application/json; charset=utf-8' }, body: /^{"message":"of a hook"}$/ }, 'what the schema does not name goes to nobody')
    }
  }
})

test('a hook that writes into the bytes of a reply changes nobody else\'s', async t => {
  const { app, clock } = await startResponseCache(t)
  app.addHook('onSend', async (request, _reply, payload) => {
    if (request.headers['x-secret'] !== undefined && Buffer.isBuffer(payload)) payload.write('secret')
    return payload
  })
  const origin = route(app, POLICY, () => '')
  const [short, long] = ['nobody: kürzer', 'nobody: länger'.padEnd(30_000)]
  for (const body of [short, long]) {
    origin.answer = replies({}, { body })
    const url = `/r?${body.length}`
    await get(app, {}, { url })
    t.equal((await get(app, { 'x-secret': '1' }, { url })).body.slice(0, 6), 'secret', 'it is what this client gets')
    t.equal((await get(app, { 'x-secret': '1', range: 'bytes=0-9' }, { url })).body.slice(0, 6), 'secret')
    t.match(await get(app, {}, { url }), { body, headers: { 'cache-status': /; hit/ } })
  }
  clock.advance(60_000)
  const gate = new Deferred<void>()
  origin.answer = async () => { await gate.promise; return Buffer.from(short) }
  const requests = [{}, { 'x-secret': '1' }, {}].map(async headers => await get(app, headers, { url: '/r?joined' }))
  await eventually(() => origin.asked.length === 3, 'it runs')
  gate.resolve()
  const all = await Promise.all(requests)
  t.same(all.map(({ body }) => body), [short, 'secret: kürzer', short])
  t.match(all.map(statusOf), [/stored/, /collapsed/, /collapsed/])
})
