import { once } from 'node:events'
import { get as httpGet, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import { get, route, startResponseCache, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

async function open (app: FastifyInstance): Promise<{ reply: IncomingMessage, end: () => void }> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const request = httpGet({ port, path: '/r', headers: { host: 'localhost' } })
  request.on('error', () => {})
  const [reply] = await once(request, 'response') as [IncomingMessage]
  reply.on('error', () => {})
  return { reply, end: () => request.destroy() }
}

/** Not `once`, which rejects where there was an error before. */
const closed = async (stream: Readable) => await new Promise<void>(resolve => { if (stream.closed) resolve(); else stream.once('close', resolve) })

test('a stream is passed on as it comes, and stored when it has ended', async t => {
  const { app } = await startResponseCache(t)
  const source = new PassThrough()
  const origin = route(app, POLICY, (_request, reply) => reply.type('text/csv').send(source))
  source.write('first\n')
  const { reply } = await open(app)
  const pieces: string[] = []
  for await (const piece of reply) {
    if (pieces.push(String(piece)) > 1) continue
    t.equal(app.responseCache.stats().stored, 0)
    source.end('second\n')
  }
  t.same(pieces, ['first\n', 'second\n'])
  const hit = await get(app, { host: 'localhost' })
  t.match(hit, { body: 'first\nsecond\n', headers: { 'content-type': 'text/csv', 'content-length': '13' } })
  t.equal(origin.asked.length, 1)
})

test('streams of every kind are stored: of strings, of objects\' mode, of the web, and a fetch Response', async t => {
  const { app } = await startResponseCache(t)
  const kinds: Record<string, () => unknown> = {
    strings: () => Readable.from(['a', 'ü']),
    bytes: () => Readable.from([Buffer.from('a'), new Uint8Array([0xc3, 0xbc])]),
    web: () => new Blob(['aü']).stream(),
    response: () => new Response('aü', { status: 200, headers: { 'x-kind': 'response', 'set-cookie': '' } })
  }
  const origin = route(app, POLICY, () => '')
  for (const [name, make] of Object.entries(kinds)) {
    origin.answer = async (_request, reply) => await reply.send(name === 'response' ? new Response('aü', { headers: { 'x-kind': 'response' } }) : make())
    const url = `/r?${name}`
    t.equal((await get(app, {}, { url })).body, 'aü', name)
    const hit = await get(app, {}, { url })
    t.match(hit, { body: 'aü', headers: { 'content-length': '3' } }, name)
    t.match(statusOf(hit), /^hit/, name)
    if (name === 'response') t.equal(hit.headers['x-kind'], 'response')
  }
  origin.answer = async (_request, reply) => await reply.send(new Response('no', { status: 404, headers: { 'cache-control': 'no-store' } }))
  t.match(await get(app, {}, { url: '/r?404' }), { statusCode: 404, body: 'no' })
})

test('a body without a type is sent again without one', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, (_request, reply) => reply.send(Readable.from(['body'])))
  t.notOk('content-type' in (await get(app)).headers)
  const hit = await get(app)
  t.match(statusOf(hit), /^hit/)
  t.notOk('content-type' in hit.headers)
})

test('a truncated body is never stored: where its source fails, or ends before its Content-Length', async t => {
  const { app } = await startResponseCache(t)
  const source = new PassThrough()
  const origin = route(app, POLICY, (_request, reply) => reply.send(source))
  source.write('part')
  const { reply } = await open(app)
  await once(reply, 'data')
  source.destroy(new Error('broken'))
  await closed(reply)
  await eventually(() => app.responseCache.stats().incomplete === 1, 'it is noticed')
  origin.answer = (_request, reply) => reply.header('content-length', '5').send(Readable.from(['part']))
  t.equal((await get(app)).body, 'part')
  t.equal(app.responseCache.stats().incomplete, 2)
  t.equal(app.responseCache.stats().stored, 0)
})

test('where a client goes away in the middle its source is destroyed, and nothing is stored', async t => {
  const { app } = await startResponseCache(t)
  const source = new PassThrough()
  route(app, POLICY, (_request, reply) => reply.send(source))
  source.write('part')
  const { reply, end } = await open(app)
  await once(reply, 'data')
  end()
  await closed(source)
  await eventually(() => app.responseCache.stats().incomplete === 1, 'it is noticed')
  t.equal(app.responseCache.stats().stored, 0)
})

test('a body that turns out larger than maxEntrySize is passed on whole, not stored, and held up for nobody', async t => {
  const { app } = await startResponseCache(t, { responses: { maxEntrySize: 1000 } })
  const gate = new Deferred<void>()
  const origin = route(app, POLICY, (_request, reply) => reply.send(Readable.from((async function * () {
    yield Buffer.alloc(600, 'a')
    yield Buffer.alloc(600, 'b')
    await gate.promise
    yield 'end'
  })())))
  const all = [get(app), get(app)]
  await eventually(() => origin.asked.length === 2, 'the second waits no longer')
  gate.resolve()
  t.same((await Promise.all(all)).map(({ body }) => body.length), [1203, 1203])
  t.match(app.responseCache.stats(), { stored: 0, tooLarge: 2 })
  origin.answer = (_request, reply) => reply.header('content-length', '1001').send(Readable.from([Buffer.alloc(1001)]))
  t.notMatch(statusOf(await get(app)), /stored/)
})

test('50 MB are passed on in pieces, and none of them is held', async t => {
  const { app } = await startResponseCache(t)
  const piece = Buffer.alloc(65_536, 'x')
  let made = 0
  route(app, POLICY, (_request, reply) => reply.send(Readable.from((function * () {
    for (; made < 800; made++) yield piece
  })())))
  const { reply } = await open(app)
  // Nothing is read here: what the sockets and the streams between hold is all that is made.
  await eventually(() => made > 20, 'it begins')
  await new Promise(resolve => setImmediate(resolve))
  t.ok(made < 400, `${made} pieces are made before anybody reads`)
  let size = 0
  for await (const chunk of reply) size += (chunk as Buffer).length
  t.equal(size, 800 * 65_536)
  t.match(app.responseCache.stats(), { stored: 0, tooLarge: 1 })
})

test('a range or a 304 of a stream that is on its way: the client gets its part, the store all', async t => {
  const { app } = await startResponseCache(t)
  const stream = (length: number | undefined, control = 'max-age=60') => (_request: unknown, reply: { headers: (fields: Record<string, string>) => void, send: (body: unknown) => unknown }) => {
    reply.headers({ etag: '"a"', 'cache-control': control, ...(length === undefined ? {} : { 'content-length': String(length) }) })
    return reply.send(Readable.from(['0123', '4567', '89']))
  }
  const origin = route(app, POLICY, stream(10) as never)
  t.match(await get(app, { range: 'bytes=3-8' }, { url: '/r?1' }), { statusCode: 206, body: '345678', headers: { 'content-range': 'bytes 3-8/10', 'content-length': '6' } })
  t.match(await get(app, {}, { url: '/r?1' }), { statusCode: 200, body: '0123456789', headers: { 'cache-status': /hit/ } })
  t.match(await get(app, { 'if-none-match': '"a"' }, { url: '/r?2' }), { statusCode: 304, body: '' })
  await eventually(() => app.responseCache.stats().stored === 2, 'it is stored')
  t.match(await get(app, {}, { url: '/r?2' }), { statusCode: 200, body: '0123456789', headers: { 'cache-status': /hit/ } })
  origin.answer = stream(undefined) as never
  t.match(await get(app, { range: 'bytes=3-8' }, { url: '/r?3' }), { statusCode: 200, body: '0123456789' }, 'whole where nobody knows of how much')
  origin.answer = stream(10, 'no-store') as never
  t.match(await get(app, { range: 'bytes=3-8' }, { url: '/r?4' }), { statusCode: 206, body: '345678' })
  t.match(await get(app, { 'if-none-match': '"a"' }, { url: '/r?5' }), { statusCode: 304, body: '' })
})

test('a stream that fails before its first byte is an error, and says nothing of the store', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, (_request, reply) => reply.send(new Readable({ read () { this.destroy(new Error('broken')) } })))
  const reply = await get(app)
  t.equal(reply.statusCode, 500)
  t.equal(statusOf(reply), 'fwd=uri-miss')
  t.equal(app.responseCache.stats().stored, 0)
})

test('a failed reply\'s stream, or that of a 304, is destroyed where a stored reply takes its place', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, { ttl: 10, staleIfError: 60 }, (_request, reply) => reply.header('etag', '"a"').send('stored'))
  await get(app)
  for (const status of [503, 304]) {
    clock.advance(10_000)
    const source = new PassThrough()
    origin.answer = (_request, reply) => reply.code(status).send(source)
    t.equal((await get(app)).body, 'stored')
    await closed(source)
  }
  t.pass()
})
