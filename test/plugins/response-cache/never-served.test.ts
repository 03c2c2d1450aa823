import { test } from 'tap'
import { get, replies, route, startResponseCache, statusOf, type Answer } from '../../response-cache.ts'

/** A handler that says in its first reply how that may be reused, fails to be asked again, and confirms nothing. */
function once (fields: Record<string, string>): Answer {
  let runs = 0
  return (_request, reply) => {
    runs++
    if (runs > 1) return reply.code(503).send('away')
    return reply.headers(fields).send('stored')
  }
}

const POLICY = { ttl: 10, staleWhileRevalidate: 30, staleIfError: 60 }

for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=10']) {
  test(`${directive}: never served when stale, whatever the route, the reply or the request allow`, async t => {
    const { app, clock } = await startResponseCache(t)
    route(app, POLICY, once({ 'cache-control': `max-age=10, stale-while-revalidate=30, stale-if-error=60, ${directive}`, etag: '"a"' }))
    await get(app)
    clock.advance(9_000)
    t.equal(statusOf(await get(app)), 'hit; ttl=1')
    clock.advance(1_000)
    t.equal((await get(app)).statusCode, 503)
    t.equal((await get(app, { 'cache-control': 'max-stale' })).statusCode, 503)
    t.equal((await get(app, { 'cache-control': 'only-if-cached, max-stale' })).statusCode, 504)
    t.equal(app.responseCache.stats().background, 0)
  })
}

test('no-cache: never served without validation, and served after it', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, (request, reply) => {
    reply.headers({ 'cache-control': 'no-cache', etag: '"a"' })
    return request.headers['if-none-match'] === '"a"' ? reply.code(304).send() : 'stored'
  })
  t.equal(statusOf(await get(app)), 'fwd=uri-miss; ttl=0; stored')
  for (let n = 0; n < 2; n++) {
    const reply = await get(app)
    t.equal(statusOf(reply), 'fwd=stale; fwd-status=304; ttl=0; stored')
    t.equal(reply.body, 'stored')
  }
  t.equal(origin.asked.length, 3)
  origin.answer = (_request, reply) => reply.code(503).send('away')
  t.equal((await get(app)).statusCode, 503, 'nor does it stand in for an error')
})

test('no-cache beside a lifetime: not within it either, nor in place of an error', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, (request, reply) => {
    reply.headers({ 'cache-control': 'no-cache, max-age=60', etag: '"a"' })
    return request.headers['if-none-match'] === '"a"' ? reply.code(304).send() : 'stored'
  })
  await get(app)
  for (const headers of [{}, { 'cache-control': 'max-stale' }] as const) t.match(statusOf(await get(app, headers)), /^fwd=stale; fwd-status=304/)
  t.equal((await get(app, { 'cache-control': 'only-if-cached' })).statusCode, 504)
  origin.answer = replies({}, { status: 503, body: 'away' })
  t.equal((await get(app)).statusCode, 503)
})

test('a reply is not served past its lifetime on a route without grace', async t => {
  const { app, clock } = await startResponseCache(t)
  route(app, { ttl: 10 }, replies({}))
  await get(app)
  clock.advance(9_990)
  t.equal((await get(app)).body, 'run 1')
  clock.advance(10)
  t.equal((await get(app)).body, 'run 2')
})

test('nothing is served past an invalidation, however stale a request accepts it', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, { ...POLICY, tags: () => ['list'] }, replies({}))
  await get(app)
  await app.responseCache.purge({ tags: ['list'] })
  origin.answer = replies({}, { status: 503, body: 'away' })
  t.equal((await get(app, { 'cache-control': 'max-stale' })).statusCode, 503)
})

test('If-Match and If-Unmodified-Since are for the handler to judge', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({ etag: '"a"' }))
  await get(app)
  for (const headers of [{ 'if-match': '"b"' }, { 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' }] as const) {
    t.equal(statusOf(await get(app, headers)), 'fwd=request')
    t.match(origin.asked.at(-1)?.headers, headers)
  }
})
