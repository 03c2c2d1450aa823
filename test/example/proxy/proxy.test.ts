import { once } from 'node:events'
import { METHODS, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test, type Test } from 'tap'
import { buildProxy, type ProxyOptions } from '../../../example/proxy/index.ts'
import { startLocal } from '../../local.ts'
import { ask, linesOf, startOrigin } from './raw-http.ts'

async function startProxy (t: Test, options: ProxyOptions): Promise<string> {
  const app = buildProxy(options)
  t.after(() => app.close())
  return await app.listen({ port: 0, host: '127.0.0.1' })
}

test('every method that Node knows reaches the origin, with its path, query and body', async t => {
  const origin = await startOrigin(t, (_request, response) => { response.end() })
  const proxy = await startProxy(t, { origin: origin.url })
  for (const method of METHODS.filter(name => name !== 'CONNECT')) {
    const body = method === 'GET' || method === 'HEAD' ? '' : `of ${method}`
    const reply = await ask(`${proxy}/a/./b%20c?q=1&q=2`, { method, body })
    t.equal(reply.status, 200, method)
    t.match(origin.seen.at(-1), { method, url: '/a/b%20c?q=1&q=2', body })
  }
})

test('a target that names another host goes to the origin nevertheless', async t => {
  const [origin, elsewhere] = [await startOrigin(t, (_request, response) => { response.end() }), await startOrigin(t, (_request, response) => { response.end() })]
  const { port, hostname } = new URL(await startProxy(t, { origin: origin.url }))
  const { host } = elsewhere.url
  for (const target of [`http://${host}/a`, `//${host}/a`, `/\\${host}/a`, `/.//${host}/a`, `@${host}/a`, `/%2F${host}/a`]) {
    const socket = connect(Number(port), hostname)
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    t.match(await text(socket), /^HTTP\/1\.1 \d/, target)
  }
  t.ok(origin.seen.length > 0)
  t.equal(elsewhere.seen.length, 0)
})

test('a request without a body stays one', async t => {
  const origin = await startOrigin(t, (_request, response) => { response.end() })
  const proxy = await startProxy(t, { origin: origin.url })
  for (const method of ['DELETE', 'OPTIONS']) {
    t.equal((await ask(proxy, { method })).status, 200)
    const { rawHeaders = [], body } = origin.seen.at(-1) ?? {}
    t.equal(body, '')
    for (const name of ['content-length', 'transfer-encoding']) t.strictSame(linesOf(rawHeaders, name), [])
  }
})

test('a body goes through as it is, whatever its Content-Type says', async t => {
  const origin = await startOrigin(t, (_request, response) => { response.end() })
  const proxy = await startProxy(t, { origin: origin.url })
  for (const type of ['application/json', 'no type at all', 'multipart/form-data', undefined]) {
    const headers = { expect: '100-continue', ...type === undefined ? {} : { 'content-type': type } }
    t.equal((await ask(proxy, { method: 'POST', headers, body: '{"a": 1,' })).status, 200)
    t.equal((await ask(proxy, { method: 'PUT', headers: { ...headers, 'transfer-encoding': 'chunked' }, body: '{"a": 1,' })).status, 200)
    for (const { rawHeaders, body } of origin.seen.splice(0)) {
      t.strictSame(linesOf(rawHeaders, 'content-type'), type === undefined ? [] : [type])
      t.strictSame(linesOf(rawHeaders, 'expect'), [], 'answered by the proxy')
      t.equal(body, '{"a": 1,')
    }
  }
})

test('a body streams: its beginning is answered before its end is sent', async t => {
  const server = createServer(socket => socket.on('error', () => {}).on('data', data => {
    if (String(data).includes('begins')) socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nanswer\r\n')
    if (String(data).includes('ends')) socket.end('0\r\n\r\n')
  })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const proxy = await startProxy(t, { origin: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) })
  const request = httpRequest(proxy, { method: 'POST', agent: false })
  request.write('begins')
  const [response] = await once(request, 'response') as [IncomingMessage]
  t.equal(String((await once(response, 'data'))[0]), 'answer')
  request.end('ends')
  await once(response.resume(), 'end')
})

test('a body of GET, which means nothing, stays behind', async t => {
  const origin = await startOrigin(t, (_request, response) => { response.end('answered') })
  const proxy = await startProxy(t, { origin: origin.url })
  const reply = await ask(proxy, { body: 'a body' })
  t.equal(reply.body, 'answered')
  t.match(origin.seen, [{ method: 'GET', body: '' }])
  t.strictSame(linesOf(origin.seen[0]?.rawHeaders ?? [], 'content-length'), [])
})

test('request headers go through as they are, but for those of one connection', async t => {
  const origin = await startOrigin(t, (_request, response) => { response.end() })
  const proxy = await startProxy(t, { origin: origin.url })
  await ask(proxy, {
    method: 'POST',
    headers: {
      'X-Latin': 'caf\xe9',
      'X-Two': ['1', '2'],
      Cookie: 'a=1; b=2',
      'If-None-Match': 'W/"x", y',
      Range: 'bytes=0-',
      Via: '1.0 somebody',
      Connection: 'close, X-Mine',
      'X-Mine': '1',
      'Keep-Alive': 'timeout=5',
      TE: 'trailers'
    },
    body: 'x'
  })
  const { rawHeaders = [] } = origin.seen[0] ?? {}
  const expected = { 'x-latin': ['caf\xe9'], 'x-two': ['1, 2'], cookie: ['a=1; b=2'], 'if-none-match': ['W/"x", y'], range: ['bytes=0-'] }
  for (const [name, lines] of Object.entries(expected)) t.strictSame(linesOf(rawHeaders, name), lines, name)
  for (const name of ['x-mine', 'keep-alive', 'te']) t.strictSame(linesOf(rawHeaders, name), [], name)
  t.strictSame(linesOf(rawHeaders, 'host'), [origin.url.host])
  t.strictSame(linesOf(rawHeaders, 'via'), ['1.0 somebody, 1.1 fastify-upstash'])
})

test('status and headers of a reply go through as they are, but for those of one connection', async t => {
  const origin = await startOrigin(t, (_request, response) => {
    response.writeHead(503, [
      ['Retry-After', '0'], ['X-Latin', 'caf\xe9'], ['Age', '1'], ['Age', '2'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], ['ETag', 'unquoted'],
      ['Date', 'yesterday'], ['Connection', 'X-Mine'], ['X-Mine', '1']
    ].flat())
    response.end('{')
  })
  const proxy = await startProxy(t, { origin: origin.url })
  const { status, rawHeaders, body } = await ask(proxy)
  t.equal(status, 503)
  t.equal(body, '{')
  t.equal(origin.seen.length, 1, 'and nothing is tried again')
  const expected = { 'retry-after': ['0'], 'x-latin': ['caf\xe9'], age: ['1', '2'], 'set-cookie': ['a=1', 'b=2'], etag: ['unquoted'], date: ['yesterday'], 'x-mine': [] }
  for (const [name, lines] of Object.entries(expected)) t.strictSame(linesOf(rawHeaders, name), lines, name)
})

test('interim replies go through, but to HTTP/1.0, and only as long as they come from the origin', async t => {
  const origin = await startOrigin(t, (request, response) => {
    response.writeProcessing()
    response.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-hint': '1' })
    response.writeEarlyHints({ link: '</b.css>; rel=preload' })
    response.writeHead(200, { 'cache-control': 'max-age=60' }).end(request.url)
  })
  const proxy = await startProxy(t, { origin: origin.url })
  const interim = async (): Promise<Array<[status: number, link: unknown]>> => {
    const request = httpRequest(proxy, { agent: false }).end()
    const seen: Array<[number, unknown]> = []
    request.on('information', ({ statusCode, headers }) => { seen.push([statusCode, headers['link']]) })
    const [response] = await once(request, 'response') as [IncomingMessage]
    await once(response.resume(), 'end')
    return seen
  }
  t.strictSame(await interim(), [[102, undefined], [103, '</a.css>; rel=preload'], [103, '</b.css>; rel=preload']])
  t.strictSame(await interim(), [], 'a stored reply comes without')
  const socket = connect(Number(new URL(proxy).port), '127.0.0.1', () => socket.write('GET /other HTTP/1.0\r\n\r\n'))
  t.match(await text(socket), /^HTTP\/1\.1 200 OK/)
})

test('an early hint that Node cannot send is left out', async t => {
  const origin = await startOrigin(t, (_request, response) => {
    response.socket?.write('HTTP/1.1 103 Early Hints\r\nLink: nonsense\r\n\r\n')
    response.end('ok')
  })
  const proxy = await startProxy(t, { origin: origin.url })
  t.match(await ask(proxy), { status: 200, body: 'ok' })
})

test('an origin that is not there is a 502', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const proxy = await startProxy(t, { origin: new URL(`http://127.0.0.1:${port}`) })
  const { status, body } = await ask(proxy)
  t.equal(status, 502)
  t.match(JSON.parse(body), { code: 'FST_PROXY_BAD_GATEWAY', message: /^The origin gave no reply: / })
})

test('a reply that breaks off breaks off', async t => {
  const origin = await startOrigin(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 10 })
    response.write('half', () => response.socket?.destroy())
  })
  const proxy = await startProxy(t, { origin: origin.url })
  await t.rejects(ask(proxy), { code: 'ECONNRESET' })
})

test('what the origin allows to be kept is kept, in memory or in a database', async t => {
  const origin = await startOrigin(t, (request, response) => {
    response.setHeader('cache-control', request.url === '/list' ? 'max-age=60' : 'no-store')
    response.end(String(origin.seen.length))
  })
  for (const database of [undefined, await startLocal(t)]) {
    origin.seen.length = 0
    const proxy = await startProxy(t, { origin: origin.url, database })
    t.match(await ask(`${proxy}/list`), { body: '1', headers: { 'cache-status': /fwd=uri-miss; .*stored/ } })
    t.match(await ask(`${proxy}/list`), { body: '1', headers: { 'cache-status': /; hit/, age: /^\d+$/ } })
    t.match(await ask(`${proxy}/list`, { method: 'POST', body: 'a change' }), { body: '2' })
    t.match(await ask(`${proxy}/list`), { body: '3' }, 'a change makes it void')
    t.match(await ask(`${proxy}/other`), { body: '4' })
    t.match(await ask(`${proxy}/other`), { body: '5' })
  }
})
