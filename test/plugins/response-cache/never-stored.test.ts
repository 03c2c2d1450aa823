import cookie from '@fastify/cookie'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import { get, isReused, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

/** Fields of a reply to a plain request on a route with a ttl, and whether it is stored. */
const BY_FIELDS: ReadonlyArray<[what: string, fields: Record<string, string | string[]>, stored: boolean]> = [
  ['nothing said', {}, true],
  ['no-store', { 'cache-control': 'no-store' }, false],
  ['no-store in any case, among others', { 'cache-control': 'max-age=60, No-Store' }, false],
  ['no-store in a line of its own', { 'cache-control': ['max-age=60', 'no-store'] }, false],
  ['no-store with an argument that it does not have', { 'cache-control': 'no-store="set-cookie"' }, false],
  ['a malformed no-store', { 'cache-control': 'max-age=60, no-store =1' }, false],
  ['no-store within a quoted argument', { 'cache-control': 'max-age=60, extension="a, no-store"' }, true],
  ['private', { 'cache-control': 'private, max-age=60' }, false],
  ['private of no field', { 'cache-control': 'private="", max-age=60' }, false],
  ['private beside public', { 'cache-control': 'public, private, max-age=60' }, false],
  ['private of one field', { 'cache-control': 'private="x-name", max-age=60' }, true],
  ['Vary: *', { vary: '*' }, false],
  ['Vary: * among others', { vary: ['accept', 'accept-language, *'] }, false],
  ['must-understand, whose no-store is for others', { 'cache-control': 'must-understand, no-store, max-age=60' }, true],
  ['Set-Cookie', { 'set-cookie': 'a=1' }, false],
  ['Set-Cookie beside public', { 'set-cookie': ['a=1', 'b=2'], 'cache-control': 'public, max-age=60' }, false],
  ['max-age=0, which beats the ttl of the route', { 'cache-control': 'max-age=0' }, false],
  ['max-age that is no number', { 'cache-control': 'max-age=never' }, false],
  ['max-age that is negative', { 'cache-control': 'max-age=-60' }, false],
  ['max-age without an argument', { 'cache-control': 'max-age' }, false],
  ['max-age in quotes', { 'cache-control': 'max-age="60"' }, true],
  ['an older Expires', { expires: 'Sun, 06 Nov 1994 08:49:37 GMT' }, false],
  ['Expires that is no date', { expires: '0' }, false],
  ['Expires beside a max-age, which counts', { expires: '0', 'cache-control': 'max-age=60' }, true],
  ['s-maxage, which counts before max-age', { 'cache-control': 'max-age=60, s-maxage=0' }, false],
  ['no-cache without a validator', { 'cache-control': 'no-cache, max-age=60' }, false],
  ['what is older than its max-age already', { 'cache-control': 'max-age=60', age: '61' }, false],
  ['blanks and empty members', { 'cache-control': ' , ,max-age=60 ,, ' }, true],
  ['what is no directive at all', { 'cache-control': 'max-age=60, "quoted", ()' }, true]
]

test('what a reply says of itself decides whether it is stored', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, () => '')
  for (const [what, fields, stored] of BY_FIELDS) {
    origin.answer = replies(fields)
    const first = await get(app, {}, { url: `/r?${encodeURIComponent(what)}` })
    t.equal(first.statusCode, 200, what)
    t.equal(/; stored/.test(statusOf(first)), stored, `${what}: ${statusOf(first)}`)
    const second = await get(app, {}, { url: `/r?${encodeURIComponent(what)}` })
    t.equal(statusOf(second).startsWith('hit'), stored, `${what}: ${statusOf(second)}`)
    t.equal(second.body, stored ? 'run 1' : 'run 2', what)
  }
})

test('by the ttl of a route only successes and lasting redirections are stored, errors where they say for how long; never 206, 304 or 5xx', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, () => '')
  const by = async (status: number, fields: Record<string, string>) => {
    origin.answer = replies(fields, { status, body: [204, 304].includes(status) ? '' : 'body' })
    const url = `/r?${status}${fields['cache-control'] ?? ''}`
    t.equal((await get(app, {}, { url })).statusCode, status)
    return statusOf(await get(app, {}, { url })).startsWith('hit')
  }
  const [ofTtl, ofMaxAge]: [number[], number[]] = [[], []]
  for (const status of [200, 201, 202, 203, 204, 205, 206, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 410, 429, 451, 500, 501, 502, 503, 504, 599]) {
    if (await by(status, {})) ofTtl.push(status)
    if (await by(status, { 'cache-control': 'max-age=60' })) ofMaxAge.push(status)
  }
  t.same(ofTtl, [200, 203, 204, 300, 301, 308])
  t.same(ofMaxAge, [200, 201, 202, 203, 204, 205, 299, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 410, 429, 451])
  t.notOk(await by(299, { 'cache-control': 'max-age=60, must-understand' }), 'what must be understood is')
  t.ok(await by(404, { 'cache-control': 'max-age=60, must-understand, no-store' }))
})

test('without a ttl and without explicit freshness nothing is stored', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, true, replies({ etag: '"a"', 'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT' }))
  await get(app)
  t.notOk(await isReused(app))
  origin.answer = replies({ 'cache-control': 'public' })
  await get(app)
  t.notOk(await isReused(app))
  origin.answer = replies({ 'cache-control': 'max-age=60' })
  await get(app)
  t.ok(await isReused(app))
})

test('a reply to a request with Authorization is stored only where it is public, must-revalidate or s-maxage, and a ttl is no s-maxage', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, () => '')
  const ada = { authorization: 'Bearer ada' }
  for (const [control, stored] of [['', false], ['max-age=60', false], ['public', true], ['s-maxage=60', true], ['must-revalidate, max-age=60', true], ['proxy-revalidate, max-age=60', false]] as const) {
    origin.answer = replies(control === '' ? {} : { 'cache-control': control })
    const url = `/r?${control}`
    await get(app, ada, { url })
    t.equal(statusOf(await get(app, { authorization: 'Bearer ben' }, { url })).startsWith('hit'), stored, control)
    t.equal(statusOf(await get(app, {}, { url })).startsWith('hit'), stored, control)
  }
})

test('what was stored for a request without Authorization, and is not declared shared, answers none with it', async t => {
  const { app } = await startResponseCache(t)
  const { asked } = route(app, POLICY, (request): string => `${asked.length} for ${String(request.headers.authorization)}`)
  await get(app)
  for (const n of [2, 3]) {
    const reply = await get(app, { authorization: 'Bearer ada' })
    t.equal(reply.body, `${n} for Bearer ada`)
    t.equal(statusOf(reply), 'fwd=request')
    t.match(await get(app), { body: '1 for undefined', headers: { 'cache-status': 'fastify-upstash; hit; ttl=60' } }, 'and stays as it was')
  }
})

test('a request with a cookie is passed on, unless the route has a user or ignores cookies', async t => {
  for (const [options, reused] of [[{}, false], [{ cookies: 'ignored' }, true], [{ user: () => 'ada' }, true]] as const) {
    const { app } = await startResponseCache(t)
    route(app, { ...POLICY, ...options }, replies({}))
    const first = await get(app, { cookie: 'session=ada' })
    t.equal(statusOf(first), reused ? 'fwd=uri-miss; ttl=60; stored' : 'fwd=bypass')
    t.equal(await isReused(app, { cookie: 'session=ada' }), reused)
    await get(app)
    t.equal(await isReused(app, { cookie: 'session=ben' }), reused, 'nor is it answered by what was stored for one without')
  }
})

test('a request of nobody, on a route with a user, is passed on', async t => {
  const { app } = await startResponseCache(t)
  route(app, { ...POLICY, user: request => request.headers['x-user'] as string | undefined }, request => String(request.headers['x-user']))
  t.equal(statusOf(await get(app)), 'fwd=bypass')
  t.equal((await get(app, { 'x-user': 'ada' })).body, 'ada')
  t.equal((await get(app)).body, 'undefined')
})

test('a reply to which a plugin adds Set-Cookie after the handler is not stored, and counted', async t => {
  for (const first of ['cookie', 'cache'] as const) {
    const { app } = await startResponseCache(t)
    const register = async () => {
      await app.register(cookie)
      app.get('/cookie', { config: { cache: POLICY } }, async (_request, reply) => { reply.setCookie('a', '1'); return 'body' })
    }
    if (first === 'cache') await app.register(async child => { await child.register(cookie); child.get('/cookie', { config: { cache: POLICY } }, async (_request, reply) => { reply.setCookie('a', '1'); return 'body' }) })
    else await register()
    for (let n = 0; n < 2; n++) {
      const reply = await app.inject('/cookie')
      t.match(reply.headers['set-cookie'], /^a=1/)
      t.equal(statusOf(reply), 'fwd=uri-miss')
    }
    t.equal(app.responseCache.stats().setCookie, 2)
  }
})

test('a reply to a request with no-store is not stored', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, replies({}))
  t.equal(statusOf(await get(app, { 'cache-control': 'no-store' })), 'fwd=uri-miss')
  t.notOk(await isReused(app))
})

test('what HEAD gives is never stored as what GET gives', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({}))
  t.equal(statusOf(await get(app, {}, { method: 'HEAD' })), 'fwd=uri-miss')
  t.equal(statusOf(await get(app)), 'fwd=uri-miss; ttl=60; stored')
  t.equal(origin.asked.length, 2)
})

test('a body over maxEntrySize is sent and not stored, and counted', async t => {
  const { app } = await startResponseCache(t, { responses: { maxEntrySize: 10 } })
  const origin = route(app, POLICY, replies({}, { body: '12345678901' }))
  t.equal((await get(app)).body, '12345678901')
  t.notOk(await isReused(app))
  origin.answer = replies({}, { body: '1234567890' })
  await get(app)
  t.ok(await isReused(app))
  t.equal(app.responseCache.stats().tooLarge, 2)
})

test('fields that are private, or need validation, are not kept with the rest', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, replies({ 'cache-control': 'max-age=60, private="X-Mine, x-yours", no-cache="x-fresh"', 'x-mine': '1', 'x-yours': '2', 'x-fresh': '3', 'x-other': '4' }))
  t.match((await get(app)).headers, { 'x-mine': '1', 'x-fresh': '3' })
  const { headers } = await get(app)
  t.match(headers, { 'x-other': '4' })
  t.same(Object.keys(headers).filter(name => /mine|yours|fresh/.test(name)), [])
})

test('what is not stored since its request has Authorization or no-store leaves what others are answered with', async t => {
  const { app } = await startResponseCache(t, { responses: { memory: false } })
  route(app, POLICY, replies({}))
  await get(app)
  await eventually(async () => await isReused(app), 'it is kept')
  for (const headers of [{ authorization: 'Bearer ada' }, { 'cache-control': 'no-cache, no-store' }]) {
    t.not((await get(app, headers)).body, 'run 1')
    // The store obeys in the order in which it is told.
    await app.cache.get('anything')
    t.equal((await get(app)).body, 'run 1')
  }
})
