import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import { get, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

/** A handler that waits until the test lets it go on. */
function held (): { runs: number, go: (body: string) => void, answer: () => Promise<string> } {
  const gate = new Deferred<string>()
  const origin = { runs: 0, go: gate.resolve, answer: async () => { origin.runs++; return await gate.promise } }
  return origin
}

test('100 concurrent misses of one key run one handler, and each says how it came by its reply', async t => {
  const { app } = await startResponseCache(t)
  const origin = held()
  route(app, POLICY, origin.answer)
  const asked = Array.from({ length: 100 }, async () => await get(app))
  await eventually(() => origin.runs === 1, 'it runs')
  origin.go('body')
  const all = await Promise.all(asked)
  t.same(all.map(({ body }) => body), Array(100).fill('body'))
  t.same(all.map(statusOf).sort(), ['fwd=uri-miss; ttl=60; stored', ...Array(99).fill('fwd=uri-miss; ttl=60; collapsed')].sort())
  t.equal(origin.runs, 1)
  t.match(app.responseCache.stats(), { misses: 1, collapsed: 99, stored: 1 })
})

test('what waits is answered by its own conditions, and the leader asks for the whole reply', async t => {
  const { app } = await startResponseCache(t)
  const origin = held()
  const { asked } = route(app, POLICY, async (_request, reply) => { reply.header('etag', '"a"'); return await origin.answer() })
  const all = [get(app, { 'if-none-match': '"a"', range: 'bytes=0-1' }), get(app), get(app, { range: 'bytes=1-2' }), get(app, { 'if-none-match': '"b"' })]
  await eventually(() => origin.runs === 1, 'it runs')
  origin.go('body')
  t.same((await Promise.all(all)).map(({ statusCode, body }) => [statusCode, body]), [[304, ''], [200, 'body'], [206, 'od'], [200, 'body']])
  t.same([asked[0]?.headers['if-none-match'], asked[0]?.headers.range], [undefined, undefined])
  t.equal(asked.length, 1)
})

test('only-if-cached, no-cache and no-store never wait, and HEAD never leads GET', async t => {
  const { app } = await startResponseCache(t)
  const origin = held()
  const { asked } = route(app, POLICY, origin.answer)
  const head = get(app, {}, { method: 'HEAD' })
  await eventually(() => origin.runs === 1, 'HEAD runs')
  const leader = get(app)
  await eventually(() => origin.runs === 2, 'GET runs beside it')
  t.equal((await get(app, { 'cache-control': 'only-if-cached' })).statusCode, 504)
  const others = ['no-cache', 'no-store'].map(async control => await get(app, { 'cache-control': control }))
  await eventually(() => origin.runs === 4, 'they run')
  origin.go('body')
  await Promise.all([head, leader, ...others])
  t.same(asked.map(({ method }) => method), ['HEAD', 'GET', 'GET', 'GET'])
})

test('what waits takes no reply that is another variant, private, sets a cookie, or is not to be stored', async t => {
  for (const [name, fields] of [['vary', { vary: 'accept-language' }], ['private', { 'cache-control': 'private' }], ['set-cookie', { 'set-cookie': 'a=1' }], ['no-store', { 'cache-control': 'no-store' }], ['no-cache', { 'cache-control': 'no-cache', etag: '"a"' }]] as const) {
    const { app } = await startResponseCache(t)
    const origin = held()
    const { asked } = route(app, POLICY, async (request, reply) => {
      await origin.answer()
      return reply.headers(fields).send(`for ${String(request.headers['accept-language'])}`)
    })
    const languages = ['de', 'en', 'fr', 'de', 'en', 'fr']
    const all = languages.map(async language => await get(app, { 'accept-language': language }))
    await eventually(() => origin.runs === 1, 'it runs')
    origin.go('')
    t.same((await Promise.all(all)).map(({ body }) => body), languages.map(language => `for ${language}`), name)
    t.equal(asked.length, name === 'vary' ? 3 : 6, name)
  }
})

test('requests with Authorization share no reply that was not declared shared', async t => {
  const { app } = await startResponseCache(t)
  const origin = held()
  route(app, POLICY, async request => { await origin.answer(); return String(request.headers.authorization) })
  const users = [undefined, 'ada', 'ben', undefined, 'ada']
  const all = users.map(async user => await get(app, user === undefined ? {} : { authorization: user }))
  await eventually(() => origin.runs >= 1, 'it runs')
  origin.go('')
  t.same((await Promise.all(all)).map(({ body }) => body), users.map(String))
})

test('keys that were found uncacheable do not wait for each other, for a while', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({ 'cache-control': 'no-store' }))
  await get(app)
  const slow = held()
  origin.answer = slow.answer
  const all = [get(app), get(app), get(app)]
  await eventually(() => slow.runs === 3, 'each runs')
  slow.go('')
  await Promise.all(all)
  clock.advance(70_000)
  const again = held()
  origin.answer = again.answer
  const later = [get(app), get(app)]
  await eventually(() => again.runs === 1, 'one runs')
  await setImmediate()
  t.equal(again.runs, 1)
  again.go('')
  await Promise.all(later)
})

test('that requests with Authorization are answered for themselves, and do not wait for each other, is nothing to those without', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({}))
  await get(app, { authorization: 'ada' })
  const slow = held()
  origin.answer = slow.answer
  const all = [{}, {}, {}, { authorization: 'ada' }, { authorization: 'ben' }].map(async headers => await get(app, headers))
  await eventually(() => slow.runs === 3, 'one for those without, and one for each of the others')
  await setImmediate()
  t.equal(slow.runs, 3)
  slow.go('')
  t.same((await Promise.all(all)).map(statusOf).sort(), ['fwd=uri-miss', 'fwd=uri-miss', 'fwd=uri-miss; ttl=60; collapsed', 'fwd=uri-miss; ttl=60; collapsed', 'fwd=uri-miss; ttl=60; stored'])
})

/** Longer than any test: who waits in vain fails it. */
const waitTimeout = 600_000

test('nobody waits for a handler that may have read before an invalidation', async t => {
  const { app } = await startResponseCache(t, { responses: { waitTimeout } })
  const first = held()
  const origin = route(app, { ...POLICY, tags: () => ['list'] }, first.answer)
  const older = get(app)
  await eventually(() => first.runs === 1, 'it runs')
  await app.responseCache.purge({ tags: ['list'] })
  origin.answer = replies({}, { body: 'newer' })
  t.equal((await get(app)).body, 'newer')
  first.go('older')
  t.equal((await older).body, 'older')
  t.equal((await get(app)).body, 'newer', 'nor is its reply kept')
})

test('nor for longer than staleness after it asked for the stamps', async t => {
  const { app, clock } = await startResponseCache(t, { responses: { staleness: 5, waitTimeout } })
  const first = held()
  const origin = route(app, POLICY, first.answer)
  const older = get(app)
  await eventually(() => first.runs === 1, 'it runs')
  clock.advance(5_000)
  origin.answer = replies({}, { body: 'newer' })
  t.equal((await get(app)).body, 'newer')
  first.go('older')
  await older
})

test('nor for longer than waitTimeout: a handler that never ends holds up nobody', async t => {
  const { app } = await startResponseCache(t, { responses: { waitTimeout: 1 } })
  const never = held()
  const origin = route(app, POLICY, never.answer)
  const first = get(app)
  await eventually(() => never.runs === 1, 'it runs')
  origin.answer = replies({}, { body: 'body' })
  t.equal((await get(app)).body, 'body')
  never.go('')
  await first
})

test('where the leader\'s client goes away, another request takes the lead', async t => {
  const { app } = await startResponseCache(t)
  const never = held()
  const origin = route(app, POLICY, never.answer)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const client = connect(port, '127.0.0.1')
  client.write('GET /r HTTP/1.1\r\nHost: localhost:80\r\n\r\n')
  await eventually(() => never.runs === 1, 'it runs')
  origin.answer = replies({}, { body: 'body' })
  const waiting = [get(app), get(app)]
  await setImmediate()
  t.equal(never.runs, 1)
  client.destroy()
  const all = await Promise.all(waiting)
  t.same(all.map(({ body }) => body), ['body', 'body'])
  t.equal(origin.asked.length, 2)
  never.go('')
})

test('a client that goes away while it waits runs no handler', async t => {
  const { app } = await startResponseCache(t)
  const origin = held()
  const { asked } = route(app, POLICY, origin.answer)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const leader = get(app, { host: `127.0.0.1:${port}` })
  await eventually(() => origin.runs === 1, 'it runs')
  const waiting = new Deferred<void>()
  app.server.once('request', (_request, response) => response.once('close', () => waiting.resolve()))
  const client = connect(port, '127.0.0.1')
  client.write(`GET /r HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
  await once(app.server, 'request')
  await setImmediate()
  client.destroy()
  await waiting.promise
  origin.go('body')
  t.equal((await leader).body, 'body')
  t.equal(asked.length, 1)
  t.equal(app.responseCache.stats().collapsed, 0)
})

test('a handler that takes its reply over, or throws, leaves nobody waiting', async t => {
  const { app } = await startResponseCache(t)
  const failing = new Deferred<void>()
  app.get('/fails', { config: { cache: POLICY } }, async () => { await failing.promise; throw new Error('broken') })
  const gate = new Deferred<void>()
  const origin = route(app, POLICY, async (_request, reply) => {
    await gate.promise
    reply.hijack()
    reply.raw.end('own')
  })
  const first = get(app)
  await eventually(() => origin.asked.length === 1, 'it runs')
  origin.answer = replies({}, { body: 'body' })
  const second = get(app)
  gate.resolve()
  t.equal((await first).body, 'own')
  t.equal((await second).body, 'body')

  const all = [app.inject('/fails'), app.inject('/fails')]
  failing.resolve()
  t.same((await Promise.all(all)).map(({ statusCode }) => statusCode), [500, 500])
})

test('a handler that sends its reply later, without a promise, is waited for', async t => {
  const { app } = await startResponseCache(t)
  app.get('/later', { config: { cache: POLICY } }, (_request, reply) => { setImmediate().then(() => reply.send('later')) })
  app.get('/now', { config: { cache: POLICY } }, (_request, reply) => { reply.send('now') })
  app.get('/throws', { config: { cache: POLICY } }, () => { throw new Error('broken') })
  for (const name of ['later', 'now']) {
    t.same((await Promise.all([app.inject(`/${name}`), app.inject(`/${name}`)])).map(({ body }) => body), [name, name])
    t.match(statusOf(await app.inject(`/${name}`)), /^hit/)
  }
  t.equal((await app.inject('/throws')).statusCode, 500)
})

test('a handler that gives its reply at once, without a promise, is answered', async t => {
  const { app } = await startResponseCache(t)
  app.get('/text', { config: { cache: POLICY } }, () => 'text')
  app.get('/null', { config: { cache: POLICY } }, () => null)
  for (const [url, body] of [['/text', 'text'], ['/null', 'null']] as const) {
    for (let n = 0; n < 2; n++) t.match(await app.inject(url), { statusCode: 200, headers: { 'cache-status': n === 0 ? /stored/ : /; hit/ } }, body)
  }
  t.equal((await app.inject('/text')).body, 'text')
})
