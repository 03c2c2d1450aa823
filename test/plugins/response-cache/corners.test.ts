import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as http2Connect } from 'node:http2'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import cachePlugin from '../../../plugins/cache/index.ts'
import upstashEnv from '../../../plugins/env/index.ts'
import responseCache from '../../../plugins/response-cache/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'
import { get, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

test('of several directives or lines the least counts, and one without its argument leaves no time', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, () => '')
  const date = 'Thu, 05 Nov 2099 08:49:37 GMT'
  for (const [index, [fields, ttl]] of ([
    [{ 'cache-control': 'max-age=60, max-age=20' }, 20], [{ 'cache-control': 'max-age=9999999999999' }, 2 ** 31],
    [{ date, expires: ['Thu, 05 Nov 2099 08:50:37 GMT', 'Thu, 05 Nov 2099 08:49:47 GMT'] }, 10],
    [{ 'cache-control': 'max-age=60, x="a, no-store' }, undefined], [{ 'cache-control': 'max-age=60, x="a\\", no-store"' }, 60], [{ 'cache-control': 'max-age=60, private="x' }, undefined]
  ] as const).entries()) {
    origin.answer = replies(fields as never)
    t.equal(statusOf(await get(app, {}, { url: `/r?${index}` })), ttl === undefined ? 'fwd=uri-miss' : `fwd=uri-miss; ttl=${ttl}; stored`, JSON.stringify(fields))
  }
})

test('stale-while-revalidate without an argument is that of the route', async t => {
  const { app, clock } = await startResponseCache(t)
  route(app, { staleWhileRevalidate: 10 }, replies({ 'cache-control': 'max-age=10, stale-while-revalidate' }))
  await get(app)
  clock.advance(19_500)
  t.equal(statusOf(await get(app)), 'hit; ttl=-10')
})

test('fields of 16 KB that are hard to take apart fail no request', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, replies({ etag: '"a"' }))
  await get(app)
  for (const field of [`a,${' '.repeat(15_000)};`, '"\\'.repeat(7_500), '"'.repeat(15_001), `${'\t'.repeat(15_000)}"`, 'a,'.repeat(7_500)]) {
    t.equal((await get(app, { 'cache-control': field, 'if-none-match': field, range: field })).statusCode, 200)
  }
})

test('If-Modified-Since is judged by Date where there is no Last-Modified', async t => {
  const { app, clock } = await startResponseCache(t)
  route(app, POLICY, replies({}))
  await get(app)
  t.equal((await get(app, { 'if-modified-since': new Date(clock.now() + 1_000).toUTCString() })).statusCode, 304)
  t.equal((await get(app, { 'if-modified-since': new Date(clock.now() - 5_000).toUTCString() })).statusCode, 200)
})

test('an If-Range date asks for a Date to compare it with', async t => {
  const { app } = await startResponseCache(t)
  const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'
  route(app, POLICY, replies({ 'cache-control': 'no-store', 'last-modified': modified }))
  t.equal((await get(app, { range: 'bytes=0-0', 'if-range': modified })).statusCode, 200)
})

test('a 304 without an ETag is about what has the same Last-Modified; its Age and Date count', async t => {
  const { app, clock } = await startResponseCache(t)
  const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'
  const origin = route(app, POLICY, replies({ 'last-modified': modified }))
  await get(app)
  clock.advance(60_000)
  const date = new Date(clock.now() - 5_000).toUTCString()
  origin.answer = (_request, reply) => reply.code(304).headers({ 'last-modified': modified, age: '20', date }).send()
  t.match(await get(app), { statusCode: 200, headers: { age: '20', date, 'cache-status': 'fastify-upstash; fwd=stale; fwd-status=304; ttl=40; stored' } })
  clock.advance(60_000)
  origin.answer = (_request, reply) => reply.code(304).headers({ 'last-modified': 'Mon, 07 Nov 1994 08:49:37 GMT' }).send()
  t.equal(statusOf(await get(app)), 'fwd=stale; fwd-status=304')
  t.equal(app.responseCache.stats().revalidated, 1)
})

test('an error that is thrown with a lifetime of its own is stored', async t => {
  const { app } = await startResponseCache(t)
  const { asked } = route(app, POLICY, (_request, reply) => {
    reply.header('cache-control', 'max-age=60')
    throw Object.assign(new Error('gone'), { statusCode: 410 })
  })
  for (let n = 0; n < 2; n++) t.match((await get(app)).json(), { statusCode: 410, message: 'gone' })
  t.equal(asked.length, 1)
})

test('where a stored reply takes the place of a failed one, fields of hooks are as they were', async t => {
  const { app, clock } = await startResponseCache(t)
  app.addHook('onRequest', async (_request, reply) => { reply.header('x-hook', ['a', 'b']).header('x-one', 'hook') })
  const origin = route(app, { ttl: 10, staleIfError: 60 }, replies({}, { body: 'stored' }))
  await get(app)
  clock.advance(10_000)
  origin.answer = replies({ 'x-hook': 'failed', 'x-one': 'failed' }, { status: 503, body: '' })
  t.match(await get(app), { body: 'stored', headers: { 'x-hook': ['a', 'b'], 'x-one': 'hook' } })
})

test('a 304 of a stream that is too large for the store takes nothing of it', async t => {
  const { app } = await startResponseCache(t, { responses: { maxEntrySize: 10 } })
  let isDestroyed = false
  route(app, POLICY, (_request, reply) => {
    const source = Readable.from([Buffer.alloc(11)])
    source.once('close', () => { isDestroyed = true })
    return reply.headers({ etag: '"a"', 'content-length': '11' }).send(source)
  })
  t.equal((await get(app, { 'if-none-match': '"a"' })).statusCode, 304)
  await eventually(() => isDestroyed, 'it is given up')
  t.equal(app.responseCache.stats().tooLarge, 1)
})

test('a range that begins in a later piece of a stream', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, (_request, reply) => reply.header('content-length', '9').send(Readable.from(['012', '345', '678'])))
  t.match(await get(app, { range: 'bytes=7-' }), { statusCode: 206, body: '78' })
  t.match(await get(app), { body: '012345678' })
})

test('a target in absolute form is the same as its path', async t => {
  const { app } = await startResponseCache(t)
  const { asked } = route(app, POLICY, replies({}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  for (const target of ['/r?a=1', `http://127.0.0.1:${port}/r?a=1`]) {
    const client = connect(port, '127.0.0.1')
    client.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`)
    t.match(await text(client), /run 1$/, target)
  }
  t.equal(asked.length, 1)
})

test('over a socket without an address a run in the background has that of this machine', async t => {
  const { app, clock } = await startResponseCache(t)
  const { asked } = route(app, { ttl: 10, staleWhileRevalidate: 60 }, replies({}))
  const socketPath = process.platform === 'win32' ? `\\\\.\\pipe\\response-cache-${process.pid}` : join(tmpdir(), `response-cache-${process.pid}.sock`)
  await app.listen({ path: socketPath })
  const ask = async () => {
    const request = httpRequest({ socketPath, path: '/r', headers: { host: 'localhost' } }).end()
    const [reply] = await once(request, 'response') as [IncomingMessage]
    return await text(reply)
  }
  t.equal(await ask(), 'run 1')
  clock.advance(10_000)
  t.equal(await ask(), 'run 1')
  await eventually(() => app.responseCache.stats().stored === 2, 'it is replaced')
  t.same(asked.map(({ ip }) => ip), [undefined, '127.0.0.1'])
})

test('HTTP/2: a hit, a stream, and a run in the background', async t => {
  const { local, clock } = await startResponseCache(t)
  const app = Fastify({ http2: true })
  t.after(() => app.close())
  await app.register(upstashEnv, { url: local.url, token: local.token, env: {} })
  await app.register(upstashClient, { timeLimit: 20_000 })
  await app.register(cachePlugin, { clock })
  await app.register(responseCache, { clock })
  let runs = 0
  app.get('/r', { config: { cache: { ttl: 10, staleWhileRevalidate: 60 } } }, async (request, reply) => {
    runs++
    return reply.type('text/plain').send(Readable.from([`run ${runs} `, `of ${request.host}`]))
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const client = http2Connect(url)
  t.after(() => client.destroy())
  const ask = async () => {
    const stream = client.request({ ':path': '/r' })
    const [headers] = await once(stream, 'response') as [Record<string, string>]
    return [await text(stream), headers['cache-status']]
  }
  const host = new URL(url).host
  t.same(await ask(), [`run 1 of ${host}`, 'fastify-upstash; fwd=uri-miss; ttl=10; stored'])
  t.same(await ask(), [`run 1 of ${host}`, 'fastify-upstash; hit; ttl=10'])
  clock.advance(10_000)
  t.same(await ask(), [`run 1 of ${host}`, 'fastify-upstash; hit; ttl=-1'])
  await eventually(() => app.responseCache.stats().stored === 2, 'it is replaced')
  t.same(await ask(), [`run 2 of ${host}`, 'fastify-upstash; hit; ttl=10'])
})

test('a number as a field is its text', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, (_request, reply) => reply.header('etag', 7).send('body'))
  await get(app)
  t.equal((await get(app)).headers['etag'], '7')
})
