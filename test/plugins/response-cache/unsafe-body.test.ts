import { test } from 'tap'
import { request as forward } from 'undici'
import { replies, route, startResponseCache } from '../../response-cache.ts'

test('an unsafe request invalidates its URI also where the handler forwarded its body, and undici took its socket away', async t => {
  const { app } = await startResponseCache(t)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  route(app, { ttl: 60 }, replies({}))
  app.post('/r', async request => {
    const { body } = await forward(`${url}/origin`, { method: 'POST', body: request.raw })
    return await body.text()
  })
  app.post('/origin', async (request, reply) => await reply.send(request.raw))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const ask = async (init?: RequestInit) => {
    const reply = await fetch(`${url}/r`, init)
    return { body: await reply.text(), status: reply.headers.get('cache-status') }
  }
  t.match(await ask(), { body: 'run 1' })
  t.match(await ask(), { body: 'run 1', status: /; hit/ })
  t.match(await ask({ method: 'POST', body: 'a body' }), { body: 'a body' })
  t.match(await ask(), { body: 'run 2' })
})
