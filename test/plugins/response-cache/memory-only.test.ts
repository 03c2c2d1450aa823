import type { FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import responseCache, { type ResponseCacheOptions } from '../../../plugins/response-cache/index.ts'
import { startNullCache } from '../../cache.ts'
import { get, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'
import { TestClock } from '../../test-clock.ts'

/** Where there is no Redis at all. */
async function start (t: Test, options: ResponseCacheOptions = {}): Promise<{ app: FastifyInstance, clock: TestClock }> {
  const clock = new TestClock()
  const { app } = await startNullCache(t, { memoryOnly: true, clock })
  await app.register(responseCache, { clock, ...options })
  return { app, clock }
}

const HIT = 'hit; ttl=60'
const MISS = 'fwd=uri-miss; ttl=60; stored'

test('in memory alone, without Redis, replies are cached: by URI, Vary and user, for their ttl', async t => {
  const { app, clock } = await start(t)
  t.equal(app.responseCache.enabled, true)
  const origin = route(app, { ttl: 60, user: request => String(request.headers['x-user']) }, (request, reply) => {
    return reply.header('vary', 'accept-language').send(`${String(request.headers['x-user'])} ${String(request.headers['accept-language'])} ${request.url}`)
  })
  const all = ['ada', 'ben'].flatMap(user => ['de', 'en'].flatMap(language => ['/r', '/r?2'].map(url => ({ user, language, url }))))
  for (const hit of [false, true]) {
    for (const { user, language, url } of all) {
      const reply = await get(app, { 'x-user': user, 'accept-language': language }, { url })
      t.equal(reply.body, `${user} ${language} ${url}`)
      t.equal(statusOf(reply).startsWith('hit'), hit)
    }
  }
  t.equal(origin.asked.length, all.length)
  clock.advance(60_000)
  t.match(statusOf(await get(app, { 'x-user': 'ada', 'accept-language': 'de' })), /^fwd=/)
})

test('in memory alone an invalidation counts at once: by URI, by tag, and by a request with an unsafe method', async t => {
  const { app } = await start(t, { hosts: ['localhost'] })
  route(app, { ttl: 60, tags: () => ['lists'] }, replies({}))
  app.post('/r', async (request, reply) => reply.code(request.headers['x-fail'] === undefined ? 200 : 400).send('changed'))
  const ways = {
    'purge by URI': async () => await app.responseCache.purge({ url: '/r' }),
    'purge by tags': async () => await app.responseCache.purge({ tags: ['lists'] }),
    'the cache\'s own': async () => await app.cache.invalidateTags('lists'),
    POST: async () => await get(app, {}, { method: 'POST' })
  }
  for (const [way, invalidate] of Object.entries(ways)) {
    t.equal(statusOf(await get(app)), MISS)
    await get(app, { 'x-fail': '1' }, { method: 'POST' })
    t.equal(statusOf(await get(app)), HIT)
    await invalidate()
    t.equal(statusOf(await get(app)), MISS, way)
    await app.responseCache.purge({ url: '/r' })
  }
})

test('in memory alone what a handler read before an invalidation is not stored after it', async t => {
  const { app } = await start(t)
  let version = 1
  route(app, { ttl: 60 }, async () => {
    const read = version
    if (read === 1) await get(app, {}, { method: 'POST' })
    return `version ${read}`
  })
  app.post('/r', async () => { version++; return 'changed' })
  t.equal((await get(app)).body, 'version 1')
  t.equal((await get(app)).body, 'version 2')
  t.match(await get(app), { body: 'version 2', headers: { 'cache-status': /; hit/ } })
})

test('in memory alone the least recently used replies make room for others, and a large one is not stored', async t => {
  const { app, clock } = await start(t, { memory: { entries: 2 }, maxEntrySize: 100 })
  const origin = route(app, { ttl: 60 }, replies({}))
  for (const url of ['/r?1', '/r?2', '/r?1', '/r?3']) {
    await get(app, {}, { url })
    // A use counts once a second.
    clock.advance(1_000)
  }
  for (const url of ['/r?1', '/r?3']) t.match(statusOf(await get(app, {}, { url })), /^hit/, url)
  t.equal(statusOf(await get(app, {}, { url: '/r?2' })), MISS)
  origin.answer = replies({}, { body: 'x'.repeat(101) })
  for (let n = 0; n < 2; n++) t.equal(statusOf(await get(app, {}, { url: '/r?large' })), 'fwd=uri-miss')
  t.equal(app.responseCache.stats().tooLarge, 2)
})

test('in memory alone a stale reply is sent while another is made, and stands in for an error', async t => {
  const { app, clock } = await start(t)
  const origin = route(app, { ttl: 60, staleWhileRevalidate: 60, staleIfError: 120 }, replies({}, { body: 'older' }))
  await get(app)
  clock.advance(60_000)
  origin.answer = replies({}, { body: 'newer' })
  t.match(await get(app), { body: 'older', headers: { 'cache-status': 'fastify-upstash; hit; ttl=-1' } })
  await eventually(async () => (await get(app)).body === 'newer', 'it is replaced')
  clock.advance(121_000)
  origin.answer = () => { throw new Error('broken') }
  t.match(await get(app), { statusCode: 200, body: 'newer', headers: { 'cache-status': /detail=stale-if-error/ } })
})

test('in memory alone a stale reply is validated, and takes the place of the old one', async t => {
  const { app, clock } = await startResponseCache(t, { cache: { memoryOnly: true } })
  const origin = route(app, { ttl: 60 }, (request, reply) => {
    reply.header('etag', '"a"')
    return request.headers['if-none-match'] === '"a"' ? reply.code(304).send() : 'text'
  })
  await get(app)
  clock.advance(60_000)
  const validated = await get(app)
  t.equal(statusOf(validated), 'fwd=stale; fwd-status=304; ttl=60; stored')
  t.equal(validated.body, 'text')
  t.equal(statusOf(await get(app)), 'hit; ttl=60')
  t.equal(origin.asked.length, 2)
})
