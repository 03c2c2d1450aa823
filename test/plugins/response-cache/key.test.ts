import Fastify from 'fastify'
import { test } from 'tap'
import cachePlugin from '../../../plugins/cache/index.ts'
import upstashEnv from '../../../plugins/env/index.ts'
import responseCache from '../../../plugins/response-cache/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'
import { startLocal } from '../../local.ts'
import { get, replies, route, startResponseCache, startResponseCacheOn, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }
const HIT = 'hit; ttl=60'

test('path and query are the key as they were sent', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, request => String(request.raw.url))
  const urls = ['/r', '/r?a=1&b=2', '/r?b=2&a=1', '/r?a=1&a=2', '/r?a=2&a=1', '/r?a=%31', '/r?a', '/r?a=', `/r?long=${'x'.repeat(300)}`]
  for (const url of urls) t.equal((await get(app, {}, { url })).body, url)
  for (const url of urls) t.match(await get(app, {}, { url }), { body: url, headers: { 'cache-status': /; hit/ } })
  t.equal(origin.asked.length, urls.length)
})

test('of a picked query the named parameters count, in any order, each name\'s values in theirs', async t => {
  const { app } = await startResponseCache(t)
  route(app, { ...POLICY, query: ['page', 'sort by'] }, replies({}))
  const ask = async (query: string) => (await get(app, {}, { url: `/r${query}` })).body
  t.equal(await ask('?page=1&sort%20by=a&sort+by=b&utm=1'), 'run 1')
  t.equal(await ask('?sort+by=a&page=1&sort%20by=b'), 'run 2', 'one value as it was sent')
  t.equal(await ask('?x=2&sort%20by=a&sort+by=b&page=1'), 'run 1')
  t.equal(await ask('?sort%20by=b&sort+by=a&page=1'), 'run 3')
  t.equal(await ask('?utm=1'), 'run 4')
  t.equal(await ask(''), 'run 4')
  t.equal(await ask('?%zz=1'), 'run 4')
})

test('scheme and host are the key, the host in any case and without the scheme\'s port', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, request => request.host)
  t.equal((await get(app, { host: 'a.example' })).body, 'a.example')
  t.equal((await get(app, { host: 'b.example' })).body, 'b.example')
  t.equal((await get(app, { host: 'A.example:80' })).body, 'a.example')
  t.equal((await get(app, { host: 'a.example:8080' })).body, 'a.example:8080')
})

test('behind a trusted proxy scheme and host are what the proxy says, as the handler sees them', async t => {
  const local = await startLocal(t)
  for (const trustProxy of [true, false]) {
    const app = Fastify({ trustProxy })
    t.after(() => app.close())
    await app.register(upstashEnv, { url: local.url, token: local.token, env: {} })
    await app.register(upstashClient, { timeLimit: 20_000 })
    await app.register(cachePlugin, { keyPrefix: `${trustProxy}:` })
    await app.register(responseCache)
    route(app, POLICY, request => `${request.protocol}://${request.host}`)
    const ask = async (proto: string, host: string) => (await get(app, { 'x-forwarded-proto': proto, 'x-forwarded-host': host })).body
    const seen = [await ask('https', 'a.example'), await ask('https', 'b.example'), await ask('http', 'a.example'), await ask('https', 'a.example:443')]
    t.same(seen, trustProxy ? ['https://a.example', 'https://b.example', 'http://a.example', 'https://a.example'] : Array(4).fill('http://localhost:80'))
  }
})

test('of hosts that are not allowed nothing is cached', async t => {
  const { app } = await startResponseCache(t, { responses: { hosts: ['A.example'] } })
  route(app, POLICY, replies({}))
  t.equal(statusOf(await get(app, { host: 'evil.example' })), 'fwd=bypass')
  await get(app, { host: 'a.example' })
  t.equal(statusOf(await get(app, { host: 'a.example' })), HIT)
})

test('vary of a policy is part of the key, and sent as Vary', async t => {
  const { app } = await startResponseCache(t)
  route(app, { ...POLICY, vary: ['Accept-Language'] }, (request, reply) => reply.header('vary', 'accept').send(String(request.headers['accept-language'])))
  const ask = async (language: string) => await get(app, { 'accept-language': language })
  t.match(await ask('de'), { body: 'de', headers: { vary: 'accept, accept-language' } })
  t.equal(statusOf(await ask('en')), 'fwd=uri-miss; ttl=60; stored')
  t.match(await ask('de'), { body: 'de', headers: { vary: 'accept, accept-language', 'cache-status': 'fastify-upstash; hit; ttl=60' } })
  t.equal((await get(app)).body, 'undefined')
})

test('what replies vary on parts them, also in another process, with one command a hit', async t => {
  const { app, clock, local } = await startResponseCache(t)
  const other = await startResponseCacheOn(t, local, clock)
  const answer = (request: { headers: Record<string, unknown> }, reply: { header: (name: string, value: string) => unknown }) => {
    reply.header('vary', request.headers['x-more'] === undefined ? 'Accept-Language' : 'Accept-Language, X-More')
    return `${request.headers['accept-language']} ${request.headers['x-more']}`
  }
  for (const one of [app, other]) route(one, POLICY, answer as never)
  const ask = async (one: typeof app, language: string, more?: string) => {
    const reply = await get(one, { 'accept-language': language, ...(more === undefined ? {} : { 'x-more': more }) })
    t.equal(reply.body, `${language} ${more}`)
    return statusOf(reply)
  }
  t.equal(await ask(app, 'de'), 'fwd=uri-miss; ttl=60; stored')
  t.equal(await ask(app, 'en'), 'fwd=vary-miss; ttl=60; stored')
  t.equal(await ask(other, 'de'), HIT)
  t.equal(await ask(other, 'fr'), 'fwd=vary-miss; ttl=60; stored')
  const before = app.cache.stats().redis.commands
  t.equal(await ask(app, 'fr'), HIT)
  t.equal(app.cache.stats().redis.commands - before, 1, 'marker and variant')
  t.equal(await ask(app, 'it', 'x'), 'fwd=vary-miss; ttl=60; stored')
  t.equal(await ask(app, 'it', 'x'), HIT)
  t.equal(await ask(app, 'it', 'y'), 'fwd=vary-miss; ttl=60; stored')
  t.equal(await ask(app, 'de'), 'fwd=vary-miss; ttl=60; stored', 'from now on by both fields')
  t.equal(await ask(app, 'de'), HIT)
})

test('a field that is missing is not one that is empty', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, (request, reply) => reply.header('vary', 'x-a').send(JSON.stringify(request.headers['x-a']) ?? 'none'))
  t.equal((await get(app)).body, 'none')
  t.equal((await get(app, { 'x-a': '' })).body, '""')
  t.equal((await get(app)).body, 'none')
})

test('each user has replies of his own, which go out as private', async t => {
  const { app } = await startResponseCache(t)
  const whose = (request: { headers: Record<string, unknown> }) => request.headers['x-user'] === 'one' ? 1 : request.headers['x-user'] as string
  const origin = route(app, { ...POLICY, user: request => whose(request) }, (request, reply) => reply.header('cache-control', 'public, s-maxage=60').send(`of ${JSON.stringify(whose(request))}`))
  for (let n = 0; n < 2; n++) {
    for (const [user, body] of [['ada', 'of "ada"'], ['ben', 'of "ben"'], ['1', 'of "1"'], ['one', 'of 1'], ['', 'of ""']] as const) {
      const reply = await get(app, { 'x-user': user, authorization: `Bearer ${user}`, cookie: 'a=1' })
      t.match(reply, { body, headers: { 'cache-control': 'private' } }, user)
      t.equal(statusOf(reply), n === 0 ? 'fwd=uri-miss; ttl=60; stored' : HIT)
    }
  }
  t.equal(origin.asked.length, 5)
})

test('a user that is none, and a tag that is none, fail the request', async t => {
  const { app } = await startResponseCache(t)
  app.get('/user', { config: { cache: { ttl: 1, user: () => ({}) as never } } }, async () => 'body')
  app.get('/tags', { config: { cache: { ttl: 1, tags: () => [7 as never] } } }, async () => 'body')
  t.match((await app.inject('/user')).json(), { statusCode: 500, code: 'FST_RESPONSE_CACHE_INVALID_ARGUMENT' })
  t.match((await app.inject('/tags')).json(), { statusCode: 500, code: 'FST_CACHE_INVALID_ARGUMENT' })
})

test('a reply has 99 tags at most', async t => {
  const { app } = await startResponseCache(t)
  const names = Array.from({ length: 100 }, (_, n) => `tag ${n}`)
  app.get('/99', { config: { cache: { ...POLICY, tags: () => names.slice(1) } } }, async () => 'body')
  app.get('/100', { config: { cache: { ...POLICY, tags: () => names } } }, async () => 'body')
  await app.inject('/99')
  t.equal(statusOf(await app.inject('/99')), HIT)
  await app.responseCache.purge({ tags: ['tag 99'] })
  t.match(statusOf(await app.inject('/99')), /^fwd=uri-miss/)
  t.match((await app.inject('/100')).json(), { statusCode: 500, code: 'FST_CACHE_INVALID_ARGUMENT' })
})

test('routes of one path and different constraints share no reply', async t => {
  const { app } = await startResponseCache(t)
  for (const version of ['1.0.0', '2.0.0']) app.get('/list', { constraints: { version }, config: { cache: POLICY } }, async () => version)
  app.get('/list', { constraints: { host: /^b\./ }, config: { cache: POLICY } }, async () => 'by host')
  app.post('/list', async () => 'changed')
  const ask = async (version: string) => await app.inject({ url: '/list', headers: { 'accept-version': version } })
  for (let n = 0; n < 2; n++) {
    for (const version of ['1.x', '2.x']) t.equal((await ask(version)).body, version.replace('x', '0.0'))
    t.equal((await app.inject({ url: '/list', headers: { host: 'b.example' } })).body, 'by host')
  }
  t.match(statusOf(await ask('1.x')), /^hit/)
  await app.inject({ method: 'POST', url: '/list' })
  for (const version of ['1.x', '2.x']) t.match(statusOf(await ask(version)), /^fwd=uri-miss/)
})

test('no name in Redis tells a user or what a reply varies on', async t => {
  const { app, local } = await startResponseCache(t)
  route(app, { ...POLICY, user: () => 'ada@example.com' }, replies({ vary: 'x-secret' }))
  await get(app, { 'x-secret': 'hunter2' })
  await app.close()
  t.notMatch(JSON.stringify(local.stats()), /ada@|hunter2/)
})

test('a host or scheme that is none makes no reply that of another URI: such requests are passed on', async t => {
  const app = Fastify({ trustProxy: true })
  t.after(() => app.close())
  const local = await startLocal(t)
  await app.register(upstashEnv, { url: local.url, token: local.token, env: {} })
  await app.register(upstashClient, { timeLimit: 20_000 })
  await app.register(cachePlugin)
  await app.register(responseCache)
  for (const url of ['/:id', '/reports/:id']) app.get(url, { config: { cache: POLICY } }, async request => request.url)
  const ask = async (url: string, headers: Record<string, string>) => await app.inject({ url, headers })
  for (const headers of [{ host: 'a.example/reports' }, { host: 'a', 'x-forwarded-host': 'a.example/reports' }, { host: 'a.example', 'x-forwarded-proto': 'http://a.example/reports' }, { host: 'x@a.example' }]) {
    t.equal(statusOf(await ask('/1', headers)), 'fwd=bypass', JSON.stringify(headers))
  }
  t.equal((await ask('/reports/1', { host: 'a.example' })).body, '/reports/1')
})

test('fields that a hook gives a request are those that its reply varies on, and its conditions are kept from the handler', async t => {
  const { app } = await startResponseCache(t)
  app.addHook('onRequest', async request => { if (request.headers['x-word'] !== undefined) request.headers = { ...request.headers, 'x-user': 'ada' } })
  const { asked } = route(app, POLICY, (request, reply) => reply.headers({ vary: 'x-user', etag: '"a"' }).send(`of ${String(request.headers['x-user'])}`))
  t.equal((await get(app, { 'x-word': 'friend', 'if-none-match': '"b"' })).body, 'of ada')
  t.equal(asked[0]?.headers['if-none-match'], undefined)
  t.equal((await get(app)).body, 'of undefined')
  t.match(await get(app, { 'x-word': 'friend' }), { body: 'of ada', headers: { 'cache-status': /; hit/ } })
})

test('names that every object has vary like any other, and blanks around commas mean nothing', async t => {
  const { app } = await startResponseCache(t)
  route(app, { ...POLICY, vary: ['accept'] }, replies({ vary: 'constructor' }))
  t.equal((await get(app)).statusCode, 200)
  t.equal(statusOf(await get(app)), HIT)
  await get(app, { accept: 'a , b' })
  t.equal(statusOf(await get(app, { accept: 'a,b' })), HIT)
})
