import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import cachePlugin from '../../../plugins/cache/index.ts'
import upstashEnv from '../../../plugins/env/index.ts'
import responseCache from '../../../plugins/response-cache/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'
import { startLocal } from '../../local.ts'
import { startResponseCache, startResponseCacheOn, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

/** Routes with replies to invalidate. */
function routes (app: FastifyInstance, change: { status: number, location?: string, contentLocation?: string } = { status: 200 }): typeof change {
  app.addHttpMethod('NOTIFY')
  app.get('/things/:id', { config: { cache: { ...POLICY, query: ['page'], user: request => String(request.headers['x-user']) } } }, async (_request, reply) => { reply.header('vary', 'accept'); return 'thing' })
  app.get('/plain', { config: { cache: POLICY } }, async () => 'plain')
  app.get('/uncached', async () => 'uncached')
  for (const url of ['/things/:id', '/plain', '/uncached', '/elsewhere']) {
    app.route({
      method: ['POST', 'PUT', 'PATCH', 'DELETE', 'NOTIFY', 'OPTIONS', 'REPORT'].filter(method => app.supportedMethods.includes(method)),
      url,
      handler: async (_request, reply) => {
        reply.code(change.status)
        if (change.location !== undefined) reply.header('location', change.location)
        if (change.contentLocation !== undefined) reply.header('content-location', change.contentLocation)
        return 'changed'
      }
    })
  }
  return change
}

async function isStored (app: FastifyInstance, url: string, headers: Record<string, string> = {}): Promise<boolean> {
  return statusOf(await app.inject({ url, headers })).startsWith('hit')
}

test('a request with an unsafe method, an unknown one too, invalidates its URI where it succeeds', async t => {
  const { app } = await startResponseCache(t)
  const change = routes(app)
  for (const [method, status, invalidates] of [
    ['POST', 200, true], ['PUT', 204, true], ['PATCH', 303, true], ['DELETE', 399, true], ['NOTIFY', 200, true],
    ['POST', 400, false], ['POST', 404, false], ['POST', 500, false], ['OPTIONS', 200, false]
  ] as const) {
    await app.inject('/plain')
    change.status = status
    await app.inject({ method: method as 'POST', url: '/plain' })
    t.equal(await isStored(app, '/plain'), !invalidates, `${method} ${status}`)
  }
})

test('it invalidates all variants and users of the URI, and no other URI', async t => {
  const { app } = await startResponseCache(t)
  routes(app)
  const kinds = [{ 'x-user': 'ada', accept: 'a' }, { 'x-user': 'ada', accept: 'b' }, { 'x-user': 'ben', accept: 'a' }]
  for (const headers of kinds) {
    for (const url of ['/things/1', '/things/2', '/things/1?page=2']) await app.inject({ url, headers })
  }
  await app.inject({ method: 'PUT', url: '/things/1?utm=1' })
  for (const headers of kinds) {
    t.equal(await isStored(app, '/things/2', headers), true)
    t.equal(await isStored(app, '/things/1?page=2', headers), true)
    t.equal(await isStored(app, '/things/1', headers), false)
  }
})

test('and the URIs of Location and Content-Location, of the same origin', async t => {
  const { app } = await startResponseCache(t)
  const change = routes(app)
  for (const [location, invalidates] of [['/plain', true], ['plain', true], ['http://localhost/plain', true], ['http://localhost:80/plain#x', true], ['//localhost/plain', true],
    ['https://localhost/plain', false], ['http://other.example/plain', false], ['http://', false]] as const) {
    for (const name of ['location', 'contentLocation'] as const) {
      await app.inject('/plain')
      Object.assign(change, { location: undefined, contentLocation: undefined, [name]: location })
      await app.inject({ method: 'POST', url: '/elsewhere' })
      t.equal(await isStored(app, '/plain'), !invalidates, `${name} ${location}`)
    }
  }
})

test('before its reply is sent, so that another process that is asked next sees it', async t => {
  const { app, clock, local } = await startResponseCache(t)
  const other = await startResponseCacheOn(t, local, clock, { responses: { staleness: 0 } })
  routes(app)
  routes(other)
  await app.inject('/plain')
  t.equal(await isStored(other, '/plain'), true)
  await app.inject({ method: 'POST', url: '/plain' })
  t.equal(await isStored(other, '/plain'), false)
})

test('where no cached route has the URI it costs no command', async t => {
  const { app } = await startResponseCache(t)
  routes(app)
  await app.inject('/plain')
  await eventually(() => app.cache.stats().stored === 1, 'it is kept')
  const before = app.cache.stats().redis.commands
  for (const url of ['/uncached', '/elsewhere']) await app.inject({ method: 'POST', url })
  t.equal(app.cache.stats().redis.commands, before)
  await app.inject({ method: 'POST', url: '/plain' })
  t.equal(app.cache.stats().redis.commands, before + 1)
  t.equal(app.responseCache.stats().invalidated, 1)
})

test('a handler that ran before the invalidation stores nothing after it', async t => {
  const { app } = await startResponseCache(t)
  let [version, ran] = [1, 0]
  app.get('/slow', { config: { cache: POLICY } }, async () => {
    const read = version
    ran++
    if (ran === 1) await app.inject({ method: 'POST', url: '/slow' })
    return `version ${read}`
  })
  app.post('/slow', async () => { version++; return 'changed' })
  t.equal((await app.inject('/slow')).body, 'version 1')
  t.equal((await app.inject('/slow')).body, 'version 2')
  t.equal(statusOf(await app.inject('/slow')), 'hit; ttl=60')
})

test('purge takes an absolute URL, a path of the allowed hosts, or tags', async t => {
  const { app } = await startResponseCache(t, { responses: { hosts: ['localhost', 'a.example:8080'] } })
  app.get('/list', { config: { cache: { ...POLICY, query: ['page'], tags: () => ['lists'] } } }, async () => 'list')
  for (const purge of [{ url: 'http://LOCALHOST:80/list?utm=1' }, { url: '/list' }, { tags: ['lists'] }] as const) {
    await app.inject('/list')
    t.equal(await isStored(app, '/list'), true)
    t.equal(await app.responseCache.purge(purge), true)
    t.equal(await isStored(app, '/list'), false)
  }
  for (const url of ['http://a.example:8080/list', 'https://localhost/list', 'http://localhost', 'http://localhost?x=1', '/none']) {
    await app.responseCache.purge({ url })
    t.equal(await isStored(app, '/list'), true, url)
  }
  t.equal(await app.cache.invalidateTags('lists'), true, 'and the cache\'s own way works too')
  t.equal(await isStored(app, '/list'), false)
  for (const purge of [{}, { url: '/list', tags: [] }, { url: 7 }, { tags: 'lists' }, { url: 'list' }, { host: 'a' }, null]) {
    await t.rejects(app.responseCache.purge(purge as never), { code: 'FST_RESPONSE_CACHE_INVALID_ARGUMENT' })
  }
  const { app: other } = await startResponseCache(t)
  await t.rejects(other.responseCache.purge({ url: '/list' }), { code: 'FST_RESPONSE_CACHE_INVALID_ARGUMENT', message: /option hosts/ })
})

test('of two routes of one path and different hosts both are invalidated', async t => {
  const { app } = await startResponseCache(t)
  for (const host of ['a.example', 'b.example']) app.get('/list', { constraints: { host }, config: { cache: POLICY } }, async () => host)
  app.post('/list', async () => 'changed')
  await app.inject({ url: '/list', headers: { host: 'b.example' } })
  await app.inject({ method: 'POST', url: '/list', headers: { host: 'b.example' } })
  t.equal(await isStored(app, '/list', { host: 'b.example' }), false)
})

test('a host that is none, or not allowed, invalidates nothing of another URI', async t => {
  const { app } = await startResponseCache(t, { responses: { hosts: ['a.example'] } })
  for (const url of ['/:id', '/things/:id']) {
    app.get(url, { config: { cache: POLICY } }, async () => 'thing')
    app.post(url, async (_request, reply) => reply.header('location', '/1').send('changed'))
  }
  await app.inject({ url: '/things/1', headers: { host: 'a.example' } })
  for (const host of ['a.example/things', 'b.example']) {
    await app.inject({ method: 'POST', url: '/1', headers: { host } })
    t.equal(await isStored(app, '/things/1', { host: 'a.example' }), true, host)
  }
  t.equal(app.responseCache.stats().invalidated, 0)
  await app.inject({ method: 'POST', url: '/things/1', headers: { host: 'a.example' } })
  t.equal(await isStored(app, '/things/1', { host: 'a.example' }), false)
})

for (const options of [{ useSemicolonDelimiter: true }, { routerOptions: { useSemicolonDelimiter: true } }, {}]) {
  test(`a query after a semicolon, with ${JSON.stringify(options)}, is what Fastify takes it for`, async t => {
    const local = await startLocal(t)
    const app = Fastify(options as FastifyServerOptions)
    t.after(() => app.close())
    await app.register(upstashEnv, { url: local.url, token: local.token, env: {} })
    await app.register(upstashClient, { timeLimit: 20_000 })
    await app.register(cachePlugin)
    await app.register(responseCache)
    const isQuery = Object.keys(options).length > 0
    for (const [url, query] of [['/all', undefined], ['/some', ['page']]] as const) {
      app.get(isQuery ? url : `${url}*`, { config: { cache: { ...POLICY, query } } }, async request => JSON.stringify(request.query))
      app.post(isQuery ? url : `${url}*`, async () => 'changed')
    }
    const isInvalidated = async (stored: string, changed: string) => {
      await app.inject(stored)
      t.equal(await isStored(app, stored), true)
      await app.inject({ method: 'POST', url: changed })
      return !await isStored(app, stored)
    }
    t.equal(await isInvalidated('/all;a=1', '/all;a=1'), true, 'the same URI')
    t.equal(await isInvalidated('/all;a=1', '/all'), false, 'another one')
    t.equal(await isInvalidated('/some;utm=1', '/some'), isQuery, 'only the page counts')
    t.equal(await isInvalidated('/some;page=2', '/some?page=2'), isQuery)
    t.equal(await isInvalidated('/some;page=2', '/some;page=3'), false)
    t.equal((await app.inject('/some;page=2')).body, isQuery ? '{"page":"2"}' : '{}')
  })
}
