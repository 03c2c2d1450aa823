import { test } from 'tap'
import { startResponseCache, statusOf } from '../../response-cache.ts'

test('a reply within the ttl of its route is sent again, with its own Date and an Age, and the handler does not run', async t => {
  const { app, clock } = await startResponseCache(t)
  let runs = 0
  app.get('/list', { config: { cache: { ttl: 60 } } }, async () => ({ runs: ++runs }))
  const first = await app.inject('/list?page=1')
  t.equal(statusOf(first), 'fwd=uri-miss; ttl=60; stored')
  t.same(first.json(), { runs: 1 })
  clock.advance(5_500)
  const second = await app.inject('/list?page=1')
  t.same(second.json(), { runs: 1 })
  t.equal(statusOf(second), 'hit; ttl=55')
  t.match(second.headers, { age: '5', date: String(first.headers['date']), 'content-type': 'application/json; charset=utf-8', 'content-length': '10' })
  clock.advance(54_500)
  const third = await app.inject('/list?page=1')
  t.same(third.json(), { runs: 2 })
})

test('replies that vary are kept beside each other', async t => {
  const { app } = await startResponseCache(t)
  let runs = 0
  app.get('/list', { config: { cache: { ttl: 60 } } }, async (request, reply) => {
    reply.header('vary', 'Accept-Language')
    return { runs: ++runs, language: request.headers['accept-language'] }
  })
  const ask = async (language: string) => await app.inject({ url: '/list', headers: { 'accept-language': language } })
  t.equal(statusOf(await ask('de')), 'fwd=uri-miss; ttl=60; stored')
  t.equal(statusOf(await ask('en')), 'fwd=vary-miss; ttl=60; stored')
  t.equal(statusOf(await ask('de')), 'hit; ttl=60')
  t.same((await ask('en')).json(), { runs: 2, language: 'en' })
})

test('a condition or a range is met from what is stored, and a 304 of the handler makes that fresh again', async t => {
  const { app, clock } = await startResponseCache(t)
  let runs = 0
  app.get('/list', { config: { cache: { ttl: 60 } } }, async (request, reply) => {
    reply.header('etag', '"a"')
    runs++
    if (request.headers['if-none-match'] === '"a"') return reply.code(304).send()
    return 'text'
  })
  const first = await app.inject({ url: '/list', headers: { 'if-none-match': '"a"' } })
  t.equal(first.statusCode, 304)
  t.equal(statusOf(first), 'fwd=uri-miss; ttl=60; stored')
  const second = await app.inject({ url: '/list', headers: { range: 'bytes=1-2' } })
  t.equal(second.statusCode, 206)
  t.equal(second.body, 'ex')
  clock.advance(60_000)
  const third = await app.inject({ url: '/list' })
  t.equal(third.body, 'text')
  t.equal(statusOf(third), 'fwd=stale; fwd-status=304; ttl=60; stored')
  t.equal(runs, 2)
  t.equal(statusOf(await app.inject({ method: 'HEAD', url: '/list' })), 'hit; ttl=60')
})
