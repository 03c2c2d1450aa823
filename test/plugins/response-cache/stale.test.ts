import Fastify from 'fastify'
import { test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import cachePlugin from '../../../plugins/cache/index.ts'
import upstashEnv from '../../../plugins/env/index.ts'
import responseCache from '../../../plugins/response-cache/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'
import { get, replies, route, startResponseCache, startResponseCacheOn, statusOf } from '../../response-cache.ts'

test('staleWhileRevalidate: the old reply at once, one run in the background, then the new one', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 10, staleWhileRevalidate: 30 }, replies({}, { body: 'older' }))
  await get(app)
  clock.advance(12_500)
  const gate = new Deferred<string>()
  origin.answer = async () => await gate.promise
  const all = await Promise.all(Array.from({ length: 20 }, async () => await get(app)))
  t.same(all.map(({ body }) => body), Array(20).fill('older'))
  t.same(new Set(all.map(statusOf)), new Set(['hit; ttl=-3']))
  t.equal(all[0]?.headers['age'], '12')
  await eventually(() => origin.asked.length === 2, 'it runs')
  gate.resolve('newer')
  await eventually(async () => (await get(app)).body === 'newer', 'it is replaced')
  t.equal(origin.asked.length, 2)
  t.match(app.responseCache.stats(), { background: 1, backgroundErrors: 0 })
})

test('past it a request waits for the handler', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 10, staleWhileRevalidate: 30 }, replies({}, { body: 'older' }))
  await get(app)
  clock.advance(40_000)
  origin.answer = replies({}, { body: 'newer' })
  t.equal((await get(app)).body, 'newer')
})

test('the run in the background passes every guard, from the same address and with the same fields, and asks whether the reply still stands', async t => {
  const { app, clock } = await startResponseCache(t)
  let isRevoked = false
  app.addHook('preHandler', async request => { if (isRevoked && request.headers['x-user'] === 'ada') throw Object.assign(new Error('no'), { statusCode: 403 }) })
  const origin = route(app, { ttl: 10, staleWhileRevalidate: 30, user: request => String(request.headers['x-user']) }, (request, reply) => {
    return reply.header('etag', '"a"').send(`of ${String(request.headers['x-user'])}`)
  })
  const ada = async () => await get(app, { 'x-user': 'ada', range: 'bytes=0-1', 'cache-control': 'max-stale', cookie: 'a=1' }, { remoteAddress: '10.0.0.7' })
  await ada()
  clock.advance(10_000)
  origin.answer = (_request, reply) => reply.code(304).send()
  t.match(await ada(), { body: 'of' })
  t.equal(app.responseCache.stats().background, 0, 'max-stale is content with what is there')
  await get(app, { 'x-user': 'ada', cookie: 'a=1' }, { remoteAddress: '10.0.0.7' })
  await eventually(() => app.responseCache.stats().revalidated === 1, 'it is found to stand')
  const last = origin.asked.at(-1)
  t.equal(last?.ip, '10.0.0.7')
  t.match(last?.headers, { 'x-user': 'ada', cookie: 'a=1', 'if-none-match': '"a"' })
  t.notOk(last?.headers.range)
  clock.advance(10_000)
  isRevoked = true
  t.equal((await ada()).statusCode, 403)
})

test('where a guard refuses the run, nothing is replaced', async t => {
  const { app, clock } = await startResponseCache(t)
  let uses = 0
  app.addHook('preHandler', async () => { if (++uses > 2) throw Object.assign(new Error('once'), { statusCode: 401 }) })
  const origin = route(app, { ttl: 10, staleWhileRevalidate: 30 }, replies({}))
  await get(app)
  clock.advance(10_000)
  t.equal((await get(app)).body, 'run 1')
  await eventually(() => app.responseCache.stats().backgroundErrors === 1, 'it is refused')
  t.equal(origin.asked.length, 1)
})

test('a run that fails is tried again 1 s later, then 2 s', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 10, staleWhileRevalidate: 300 }, replies({}))
  await get(app)
  clock.advance(10_000)
  origin.answer = () => { throw new Error('broken') }
  const runs = async (count: number) => {
    t.equal((await get(app)).body, 'run 1')
    await eventually(() => app.responseCache.stats().backgroundErrors === count, `${count} failed`)
    t.equal((await get(app)).body, 'run 1')
    t.equal(app.responseCache.stats().background, count)
  }
  await runs(1)
  clock.advance(999)
  await runs(1)
  clock.advance(1)
  await runs(2)
  clock.advance(1_999)
  await runs(2)
  clock.advance(1)
  await runs(3)
  origin.answer = replies({}, { body: 'newer' })
  clock.advance(4_000)
  await eventually(async () => (await get(app)).body === 'newer', 'it recovers')
})

test('a run that never ends is given up after a minute', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 10, staleWhileRevalidate: 300 }, replies({}))
  await get(app)
  clock.advance(10_000)
  const never = new Deferred<string>()
  origin.answer = async () => await never.promise
  await get(app)
  await eventually(() => origin.asked.length === 2, 'it runs')
  clock.advance(59_999)
  await get(app)
  t.equal(app.responseCache.stats().background, 1)
  clock.advance(1)
  origin.answer = replies({}, { body: 'newer' })
  await get(app)
  await eventually(async () => (await get(app)).body === 'newer', 'another one runs')
  never.resolve('late')
})

test('what another process has loaded meanwhile is taken, and the handler does not run', async t => {
  const { app, clock, local } = await startResponseCache(t)
  const other = await startResponseCacheOn(t, local, clock)
  const origin = route(app, { ttl: 10, staleWhileRevalidate: 300 }, replies({}, { body: 'older' }))
  route(other, { ttl: 10 }, replies({}, { body: 'newer' }))
  await get(app)
  clock.advance(10_000)
  await eventually(async () => (await get(other)).body === 'newer', 'the other loads it anew')
  await other.close()
  t.equal((await get(app)).body, 'older')
  await eventually(async () => (await get(app)).body === 'newer', 'it is found')
  t.equal(origin.asked.length, 1)
})

test('over TLS the run is one over TLS as well', async t => {
  const { local, clock } = await startResponseCache(t)
  const app = Fastify({ https: {} })
  t.after(() => app.close())
  await app.register(upstashEnv, { url: local.url, token: local.token, env: {} })
  await app.register(upstashClient, { timeLimit: 20_000 })
  await app.register(cachePlugin, { clock })
  await app.register(responseCache, { clock })
  // Stands for the sockets of clients, which an injected request has not.
  let clients = 2
  app.addHook('onRequest', async request => { if (clients-- > 0) Object.assign(request.raw.socket, { encrypted: true }) })
  const { asked } = route(app, { ttl: 10, staleWhileRevalidate: 30 }, request => request.protocol)
  t.equal((await get(app)).body, 'https')
  clock.advance(10_000)
  t.match(statusOf(await get(app)), 'hit; ttl=-1')
  await eventually(() => app.responseCache.stats().stored === 2, 'it is replaced')
  t.same(asked.map(({ headers: { host } }) => host), ['localhost:80', 'localhost:80'])
  t.equal(app.responseCache.stats().backgroundErrors, 0)
})

test('staleIfError: the old reply stands in where the handler throws, or answers 500, 502, 503 or 504', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 10, staleIfError: 30 }, replies({ 'x-a': '1' }, { body: 'stored' }))
  await get(app)
  clock.advance(11_500)
  const failures = {
    500: () => { throw new Error('broken') },
    502: replies({ 'x-error': '1', 'content-type': 'text/html' }, { status: 502, body: '<bad>' }),
    503: replies({ 'retry-after': '5' }, { status: 503, body: '' }),
    504: async (_request: unknown, reply: { code: (status: number) => void }) => { reply.code(504); return { gateway: 'late' } }
  }
  for (const [status, answer] of Object.entries(failures)) {
    origin.answer = answer as never
    const reply = await get(app)
    t.match(reply, { statusCode: 200, body: 'stored', headers: { 'x-a': '1', age: '11', 'content-type': 'text/plain; charset=utf-8', 'content-length': '6' } }, status)
    t.same(['x-error', 'retry-after'].filter(name => name in reply.headers), [])
    t.equal(statusOf(reply), `fwd=stale; fwd-status=${status}; ttl=-2; detail=stale-if-error`)
  }
  for (const status of [400, 404, 501]) {
    origin.answer = replies({}, { status, body: 'mine' })
    await app.responseCache.purge({ url: 'http://localhost/r' })
    t.equal((await get(app)).statusCode, status)
  }
  t.equal(app.responseCache.stats().staleIfError, 4)
})

test('no longer than that, and those who wait get it as well', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 10, staleIfError: 30 }, replies({}, { body: 'stored' }))
  await get(app)
  clock.advance(39_000)
  const gate = new Deferred<void>()
  origin.answer = async () => { await gate.promise; throw new Error('broken') }
  const all = [get(app), get(app), get(app)]
  await eventually(() => origin.asked.length === 2, 'it runs')
  gate.resolve()
  t.same((await Promise.all(all)).map(({ body }) => body), ['stored', 'stored', 'stored'])
  t.equal(origin.asked.length, 2)
  clock.advance(1_000)
  t.equal((await get(app)).statusCode, 500)
})

test('a reply\'s own stale-while-revalidate and stale-if-error count before the route\'s', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { staleWhileRevalidate: 100, staleIfError: 100 }, replies({ 'cache-control': 'max-age=10, stale-while-revalidate=5, stale-if-error=20' }))
  await get(app)
  origin.answer = () => { throw new Error('broken') }
  clock.advance(13_500)
  t.equal(statusOf(await get(app)), 'hit; ttl=-4')
  clock.advance(15_000)
  t.match(statusOf(await get(app)), /detail=stale-if-error/)
  clock.advance(1_500)
  t.equal((await get(app)).statusCode, 500)
})

test('a hook\'s cookie goes with the reply that stands in, and the failed reply\'s fields do not', async t => {
  const { app, clock } = await startResponseCache(t)
  app.addHook('onRequest', async (_request, reply) => { reply.header('x-request', 'live').header('x-both', 'hook') })
  app.addHook('onSend', async (request, reply) => { if (request.headers['x-visit'] !== undefined) reply.header('set-cookie', 'visit=1') })
  const origin = route(app, { ttl: 10, staleIfError: 30 }, replies({ 'x-both': 'handler' }, { body: 'stored' }))
  await get(app)
  clock.advance(10_000)
  origin.answer = replies({ 'x-both': 'failed', 'x-failed': '1' }, { status: 503, body: 'away' })
  const reply = await get(app, { 'x-visit': '1' })
  t.match(reply, { statusCode: 200, body: 'stored', headers: { 'set-cookie': 'visit=1', 'x-request': 'live', 'x-both': 'handler' } })
  t.notOk('x-failed' in reply.headers)
})
