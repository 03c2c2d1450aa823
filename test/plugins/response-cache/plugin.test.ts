import { gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import cachePlugin from '../../../plugins/cache/index.ts'
import responseCache from '../../../plugins/response-cache/index.ts'
import { startCache, startNullCache } from '../../cache.ts'
import { codeOf } from '../../client.ts'
import { get, replies, route, startNullResponseCache, startResponseCache, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

test('without Redis every request is passed on and says so, and nothing else changes for the client', async t => {
  const app = await startNullResponseCache(t)
  const { app: plain } = await startNullCache(t)
  const options = { ttl: 60, staleWhileRevalidate: 10, user: () => 'ada' }
  for (const one of [app, plain]) {
    route(one, options, (request, reply) => reply.headers({ etag: '"a"', 'cache-control': 'public, max-age=10' }).send(JSON.stringify([request.headers['if-none-match'], request.headers.range])))
    one.post('/r', async () => 'changed')
    one.get('/304', { config: { cache: options } }, async (_request, reply) => reply.code(304).headers({ etag: '"a"', 'content-length': '4' }).send())
  }
  t.equal(app.responseCache.enabled, false)
  for (const headers of [{}, { 'if-none-match': '"a"', range: 'bytes=0-1' }, { 'cache-control': 'only-if-cached' }, { 'cache-control': 'no-cache', authorization: 'a' }] as const) {
    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      const [ours, theirs] = [await get(app, headers, { method }), await get(plain, headers, { method })]
      const { 'cache-status': status, date: _ours, ...rest } = ours.headers
      const { date: _theirs, ...others } = theirs.headers
      t.equal(status, method === 'POST' ? undefined : 'fastify-upstash; fwd=bypass')
      t.same(rest, others)
      t.same([ours.statusCode, ours.body], [theirs.statusCode, theirs.body])
    }
  }
  for (const method of ['GET', 'HEAD'] as const) {
    const [ours, theirs] = [await app.inject({ method, url: '/304' }), await plain.inject({ method, url: '/304' })]
    t.equal(ours.headers['content-length'], theirs.headers['content-length'], 'a 304 of its own')
  }
  t.equal(await app.responseCache.purge({ tags: ['a'] }), false)
  t.equal(await app.responseCache.purge({ url: 'http://localhost/r' }), false)
  t.match(app.responseCache.stats(), { bypassed: 10, misses: 0, stored: 0 })
})

test('a route whose options cannot be is refused when it is added', async t => {
  const { app } = await startResponseCache(t)
  const wrong: unknown[] = [
    null, 7, 'yes', [], { ttl: 0 }, { ttl: -1 }, { ttl: '60' }, { ttl: Infinity }, { ttl: NaN }, { staleWhileRevalidate: -1 }, { staleIfError: '1' }, { tags: ['a'] }, { vary: 'accept' },
    { vary: ['*', 'a b'] }, { vary: [7] }, { user: 'ada' }, { query: 'page' }, { query: [1] }, { cookies: true }, { maxAge: 60 }
  ]
  for (const cache of wrong) {
    t.equal(await codeOf((async () => app.get('/wrong', { config: { cache: cache as never } }, async () => ''))()), 'FST_RESPONSE_CACHE_INVALID_ROUTE', JSON.stringify(cache))
  }
  await t.rejects(async () => app.get('/wrong', { config: { cache: { tttl: 1 } as never } }, async () => ''), { message: /GET \/wrong: unknown option tttl; known: ttl/ })
  for (const cache of [undefined, true, false, {}, { ttl: undefined, vary: [], query: [] }]) app.get(`/right/${String(JSON.stringify(cache))}`, { config: { ...(cache === undefined ? {} : { cache }) } }, async () => '')
})

test('a route without config.cache, or with false, is left alone', async t => {
  const { app } = await startResponseCache(t)
  app.get('/none', async (_request, reply) => reply.header('cache-control', 'max-age=60').send('body'))
  app.get('/false', { config: { cache: false } }, async () => 'body')
  for (const url of ['/none', '/false', '/missing']) t.notOk('cache-status' in (await app.inject(url)).headers)
})

test('options of the plugin are checked, and it comes once, after the cache', async t => {
  for (const options of [{ name: 'a b' }, { hosts: 'a' }, { hosts: [''] }, { maxEntrySize: 0 }, { memory: true }, { staleness: -1 }, { waitTimeout: 0 }, { clock: {} }, { ttl: 1 }]) {
    const { app } = await startCache(t)
    t.equal(await codeOf(Promise.resolve(app.register(responseCache, options as never))), 'FST_UPSTASH_INVALID_OPTION', JSON.stringify(options))
  }
  const { app } = await startResponseCache(t)
  t.equal(await codeOf(Promise.resolve(app.register(responseCache))), 'FST_UPSTASH_DECORATOR_TAKEN')
  const alone = Fastify()
  t.equal(await codeOf(Promise.resolve(alone.register(responseCache))), 'FST_ERR_PLUGIN_DEPENDENCY_NOT_REGISTERED')
})

test('one line says whether replies are cached', async t => {
  const { log } = await startResponseCache(t)
  t.equal((await log.has(/config\.cache/)).msg, 'replies of routes with config.cache are cached')
  const { app, log: other } = await startNullCache(t)
  await app.register(responseCache)
  t.equal((await other.has(/replies/)).msg, 'replies of routes are not cached, since the cache keeps nothing')
})

test('a name of its own, and the members of caches before it, in Cache-Status', async t => {
  const { app } = await startResponseCache(t, { responses: { name: 'edge' } })
  route(app, POLICY, replies({ 'cache-status': ['Origin; hit', 'Middle; fwd=miss'] }))
  t.equal((await get(app)).headers['cache-status'], 'Origin; hit, Middle; fwd=miss, edge; fwd=uri-miss; ttl=60; stored')
  t.equal((await get(app)).headers['cache-status'], 'Origin; hit, Middle; fwd=miss, edge; hit; ttl=60')
})

test('a route of several methods caches GET alone', async t => {
  const { app } = await startResponseCache(t)
  let runs = 0
  app.route({ method: ['GET', 'POST'], url: '/both', config: { cache: POLICY }, handler: async () => `run ${++runs}` })
  t.match(await app.inject('/both'), { body: 'run 1' })
  t.match(await app.inject('/both'), { body: 'run 1' })
  const posted = await app.inject({ method: 'POST', url: '/both' })
  t.equal(posted.body, 'run 2')
  t.equal(statusOf(posted), 'fwd=method')
  t.match(await app.inject('/both'), { body: 'run 3' })
})

test('a prefix, a trailing slash and routes that ignore case are found by an unsafe request as Fastify finds them', async t => {
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true, caseSensitive: false } })
  t.after(() => app.close())
  const { app: started, local } = await startResponseCache(t)
  t.ok(started)
  await app.register(import('../../../plugins/env/index.ts'), { url: local.url, token: local.token, env: {} })
  await app.register(import('../../../plugins/upstash-client/index.ts'), { timeLimit: 20_000 })
  await app.register(cachePlugin)
  await app.register(responseCache)
  app.register(async scope => {
    scope.get('/', { config: { cache: POLICY } }, async () => 'list')
    scope.post('/', async () => 'changed')
  }, { prefix: '/list' })
  for (const url of ['/list', '/list/', '/LIST']) {
    await app.inject(url)
    t.match(statusOf(await app.inject(url)), /^hit/)
    await app.inject({ method: 'POST', url })
    t.match(statusOf(await app.inject(url)), /^fwd=uri-miss/, url)
  }
})

test('a body is stored with the Content-Encoding that its handler gave it, and as the bytes that it has', async t => {
  const { app } = await startResponseCache(t, { responses: { memory: false } })
  const bytes = gzipSync(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))
  app.get('/bytes', { config: { cache: POLICY } }, async (_request, reply) => reply.headers({ 'content-encoding': 'gzip', 'content-type': 'application/x' }).send(bytes))
  await app.inject('/bytes')
  await eventually(() => app.cache.stats().stored === 1, 'it is kept')
  const hit = await app.inject('/bytes')
  t.match(statusOf(hit), /^hit/)
  t.match(hit.headers, { 'content-encoding': 'gzip', 'content-type': 'application/x' })
  t.same(hit.rawPayload, bytes)
})

test('an empty reply and a redirection are stored as well', async t => {
  const { app } = await startResponseCache(t)
  app.get('/empty', { config: { cache: POLICY } }, async (_request, reply) => reply.code(204).send())
  app.get('/moved', { config: { cache: POLICY } }, async (_request, reply) => reply.redirect('/empty', 301))
  for (const [url, status] of [['/empty', 204], ['/moved', 301]] as const) {
    for (let n = 0; n < 2; n++) {
      const reply = await app.inject(url)
      t.match(reply, { statusCode: status, body: '', headers: { 'cache-status': n === 0 ? /stored/ : /; hit/ } })
      t.equal(reply.headers.location, status === 301 ? '/empty' : undefined)
    }
  }
})

test('what somebody else wrote under its names is a miss', async t => {
  const { app } = await startResponseCache(t, { responses: { memory: false } })
  route(app, POLICY, replies({}))
  const cache = app.cache.namespace('response')
  const key = 'http://localhost/r'
  const reply = { status: 200, at: Date.now(), initialAge: 0, lifetime: 60, staleWhileRevalidate: 0, staleIfError: 0, alwaysValidate: false, mustRevalidate: false, shared: true, vary: [], body: new Uint8Array(), fields: [] }
  const damaged = [{ status: 99 }, { status: NaN }, { lifetime: Infinity }, ...[null, 7, ['bad name', 'x'], ['x', 'a\r\nb: c'], ['x', 7], ['x', ['a', null]]].map(field => ({ fields: [field] }))]
  for (const value of [...damaged.map(part => ({ reply: { ...reply, ...part } })), { marker: { vary: ['constructor'] } }, 7, null, 'text', {}, { marker: {} }, { marker: { vary: [1] } }, { reply: {} }, { reply: { body: new Uint8Array(), fields: [], vary: [] } }, { marker: { vary: ['accept'] } }]) {
    await app.cache.invalidateTags('response-cache:http://localhost/r')
    const look = await cache.look([key], { tags: ['response-cache:http://localhost/r'] })
    await look.prepare(60)
    t.equal(await look.keep(key, value), true)
    const reply = await get(app)
    t.equal(reply.statusCode, 200)
    t.match(statusOf(reply), /^fwd=(?:uri|vary)-miss/, JSON.stringify(value))
    await eventually(async () => /^hit/.test(statusOf(await get(app))), 'it is overwritten')
  }
})
