import { gunzipSync } from 'node:zlib'
import compress from '@fastify/compress'
import etag from '@fastify/etag'
import { test } from 'tap'
import responseCache from '../../../plugins/response-cache/index.ts'
import { startCache } from '../../cache.ts'
import { get, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'
import { TestClock } from '../../test-clock.ts'

const ORDERS = ['before', 'after'] as const

for (const order of ORDERS) {
  test(`@fastify/etag, ${order} it: the tag is stored, who has it gets 304, and what is stale is validated by it`, async t => {
    const clock = new TestClock()
    const { app } = await startCache(t, { cache: { clock } })
    if (order === 'before') await app.register(etag)
    await app.register(responseCache, { clock })
    if (order === 'after') await app.register(etag)
    const origin = route(app, { ttl: 10 }, replies({}, { body: 'body' }))
    const { etag: tag } = (await get(app)).headers
    t.match(tag, /^"/)
    t.match(await get(app, { 'if-none-match': String(tag) }), { statusCode: 304, body: '', headers: { 'cache-status': /; hit/ } })
    t.match(await get(app), { statusCode: 200, body: 'body', headers: { etag: String(tag), 'cache-status': /; hit/ } })
    t.equal(origin.asked.length, 1)
    clock.advance(10_000)
    t.match(await get(app), { statusCode: 200, body: 'body', headers: { 'cache-status': 'fastify-upstash; fwd=stale; fwd-status=304; ttl=10; stored' } })
    t.match(await get(app, { 'if-none-match': String(tag) }), { statusCode: 304, headers: { 'cache-status': /; hit/ } })
    t.match(await get(app, { 'if-none-match': String(tag) }, { url: '/r?2' }), { statusCode: 304, body: '', headers: { 'cache-status': /; stored/ } })
    t.match(await get(app, {}, { url: '/r?2' }), { statusCode: 200, body: 'body', headers: { 'cache-status': /; hit/ } })
  })

  for (const [how, options] of [['at once', {}], ['as a stream', { syncThreshold: 0 }]] as const) {
    test(`@fastify/compress ${how}, ${order} it: everybody can read what he gets, compressed once`, async t => {
      const { app } = await startCache(t)
      if (order === 'before') await app.register(compress, options)
      await app.register(responseCache)
      if (order === 'after') await app.register(compress, options)
      const body = 'body '.repeat(1_000)
      const origin = route(app, { ttl: 60 }, replies({}, { body }))
      const zipped = async (url: string) => {
        const reply = await get(app, { 'accept-encoding': 'gzip' }, { url })
        t.match(reply.headers, { 'content-encoding': 'gzip', vary: /^accept-encoding$/ })
        t.equal(String(gunzipSync(reply.rawPayload)), body)
        return statusOf(reply)
      }
      const plain = async (url: string) => {
        const reply = await get(app, {}, { url })
        t.notOk('content-encoding' in reply.headers)
        t.equal(reply.body, body)
        return statusOf(reply)
      }
      t.match([await zipped('/r'), await plain('/r'), await zipped('/r'), await plain('/r')], [/; stored/, /^fwd=vary-miss/, /^hit/, /^hit/])
      t.equal(origin.asked.length, 2)
      // This plugin names no Vary where it leaves a body as it is, so that the plain one is everybody's, and is compressed on its way.
      t.match([await plain('/r?2'), await zipped('/r?2'), await plain('/r?2')], [/; stored/, /^hit/, /^hit/])
      t.equal(origin.asked.length, 3)
    })
  }
}

test('with both, a range is one of what is sent', async t => {
  const { app } = await startResponseCache(t)
  await app.register(etag)
  await app.register(compress)
  const body = Array.from({ length: 1_000 }, (_, n) => n).join()
  route(app, { ttl: 60 }, replies({}, { body }))
  const whole = await get(app, { 'accept-encoding': 'gzip' })
  for (let n = 0; n < 2; n++) {
    const part = await get(app, { 'accept-encoding': 'gzip', range: 'bytes=100-199' })
    t.match(part, { statusCode: 206, headers: { 'content-encoding': 'gzip', 'content-range': `bytes 100-199/${whole.rawPayload.length}` } })
    t.same(part.rawPayload, whole.rawPayload.subarray(100, 200))
    t.match(await get(app, { range: 'bytes=5-9' }), { statusCode: 206, body: body.slice(5, 10) })
  }
})
