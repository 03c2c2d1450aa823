import { test } from 'tap'
import { get, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

test('a stale reply is validated: a 304 makes it fresh, with the fields of the 304', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({ etag: '"a"', 'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT', 'x-a': '1', 'x-b': '1' }, { body: 'stored' }))
  await get(app)
  clock.advance(60_000)
  origin.answer = (_request, reply) => reply.code(304).headers({ 'x-b': '2', 'content-type': 'text/css', 'cache-control': 'max-age=100' }).send()
  const reply = await get(app)
  t.match(origin.asked.at(-1)?.headers, { 'if-none-match': '"a"', 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' })
  t.match(reply, { statusCode: 200, body: 'stored', headers: { 'x-a': '1', 'x-b': '2', age: '0', etag: '"a"', 'content-type': 'text/css' } })
  t.equal(statusOf(reply), 'fwd=stale; fwd-status=304; ttl=100; stored')
  clock.advance(99_000)
  const hit = await get(app)
  t.match(hit, { body: 'stored', headers: { 'x-b': '2', age: '99' } })
  clock.advance(1_000)
  const [matching, other] = [await get(app, { 'if-none-match': '"a"' }), await get(app, { 'if-none-match': '"a"' })]
  t.match(matching, { statusCode: 304, body: '' }, 'the client has it')
  t.equal(statusOf(matching), 'fwd=stale; fwd-status=304; ttl=100; stored')
  t.equal(statusOf(other), 'hit; ttl=100')
  t.equal(app.responseCache.stats().revalidated, 2)
})

test('a stale reply is replaced where the handler gives another one', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({ etag: '"a"' }, { body: 'older' }))
  await get(app)
  clock.advance(60_000)
  origin.answer = replies({ etag: '"b"' }, { body: 'newer' })
  const reply = await get(app)
  t.equal(reply.body, 'newer')
  t.equal(statusOf(reply), 'fwd=stale; ttl=60; stored')
  t.match(await get(app), { body: 'newer', headers: { etag: '"b"' } })
})

test('a 304 about something else makes nothing fresh', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({ etag: '"a"' }))
  await get(app)
  clock.advance(60_000)
  origin.answer = (_request, reply) => reply.code(304).headers({ etag: '"b"', 'x-b': '1' }).send()
  const reply = await get(app)
  t.match(reply, { statusCode: 200, body: 'run 1', headers: { etag: '"a"' } }, 'who asked for the reply gets one')
  t.notOk('x-b' in reply.headers)
  t.equal(statusOf(reply), 'fwd=stale; fwd-status=304')
  origin.answer = replies({ etag: '"b"' }, { body: 'newer' })
  t.match(await get(app), { statusCode: 200, body: 'newer' }, 'it was the last time')
  t.notOk(origin.asked.at(-1)?.headers['if-none-match'])
  t.equal(app.responseCache.stats().revalidated, 0)
})

test('a type that Fastify gives to an empty 304 is not that of the stored reply', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, POLICY, async (_request, reply) => { reply.header('etag', '"a"'); return { stored: true } })
  await get(app)
  clock.advance(60_000)
  origin.answer = (_request, reply) => reply.code(304).send('')
  t.match(await get(app), { statusCode: 200, body: '{"stored":true}', headers: { 'content-type': 'application/json; charset=utf-8' } })
})

test('a 304 that makes what is stored private is the last time it is sent', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 60, staleIfError: 60 }, replies({ etag: '"a"' }, { body: 'stored' }))
  await get(app)
  clock.advance(60_000)
  origin.answer = (_request, reply) => reply.code(304).headers({ 'cache-control': 'private' }).send()
  const reply = await get(app)
  t.match(reply, { statusCode: 200, body: 'stored', headers: { 'cache-control': 'private' } })
  t.equal(statusOf(reply), 'fwd=stale; fwd-status=304')
  origin.answer = replies({}, { status: 503, body: 'away' })
  t.equal((await get(app)).statusCode, 503, 'nothing is left')
})

test('what was stored goes where the handler gives something that is not stored', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 60, staleIfError: 60 }, replies({}))
  await get(app)
  clock.advance(60_000)
  origin.answer = replies({ 'cache-control': 'no-store' })
  await get(app)
  origin.answer = replies({}, { status: 503, body: 'away' })
  t.equal((await get(app)).statusCode, 503)
})

test('what goes to a user is private also where it is not stored, and a 304 of the handler freshens it', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 10, user: () => 'ada' }, replies({ etag: '"a"' }, { body: 'body' }))
  t.equal((await get(app)).headers['cache-control'], 'private')
  for (const fields of [{}, { 'cache-control': 'public, max-age=10' }]) {
    clock.advance(10_000)
    origin.answer = (_request, reply) => reply.code(304).headers(fields).send()
    t.match(await get(app), { body: 'body', headers: { 'cache-control': /^private/, 'cache-status': 'fastify-upstash; fwd=stale; fwd-status=304; ttl=10; stored' } })
    t.match(await get(app), { body: 'body', headers: { 'cache-control': /^private/, 'cache-status': /; hit/ } })
  }
  origin.answer = replies({ 'cache-control': 'public, max-age=10', 'set-cookie': 'a=1' })
  t.match((await get(app, { 'cache-control': 'no-cache' })).headers, { 'cache-control': 'private, max-age=10' })
  t.match((await get(app, { 'if-match': '"a"' })).headers, { 'cache-control': 'private, max-age=10' })
  t.match((await get(app, {}, { method: 'HEAD' })).headers, { 'cache-control': 'private, max-age=10' })
})
