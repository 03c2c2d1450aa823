import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { replies, route, startResponseCache } from '../../response-cache.ts'

test('an unsafe request whose body the handler read as a stream invalidates its URI', async t => {
  const { app } = await startResponseCache(t)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  route(app, { ttl: 60 }, replies({}))
  app.post('/r', async request => {
    const [body] = await Promise.all([text(request.raw), once(request.raw, 'close')])
    return body
  })
  // Over a socket, which Node takes off a request that was read to its end.
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/r`
  const ask = async (init?: RequestInit) => {
    const reply = await fetch(url, init)
    return { body: await reply.text(), status: reply.headers.get('cache-status') }
  }
  t.match(await ask(), { body: 'run 1' })
  t.match(await ask(), { body: 'run 1', status: /; hit/ })
  t.match(await ask({ method: 'POST', body: 'a body' }), { body: 'a body' })
  t.match(await ask(), { body: 'run 2' })
})
