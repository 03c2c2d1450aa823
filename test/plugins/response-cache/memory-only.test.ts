import { test } from 'tap'
import { get, route, startResponseCache, statusOf } from '../../response-cache.ts'

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
