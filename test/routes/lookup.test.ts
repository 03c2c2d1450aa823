import { test } from 'tap'
import { eventually } from '../../contracts/expect.ts'
import { environment, startApp } from '../app.ts'
import { startLocal } from '../local.ts'

test('a look-up is loaded once, then served from Redis, and the reply says so', async t => {
  const local = await startLocal(t)
  const { app } = await startApp(t, environment(local))
  const [first, second] = await Promise.all([app.inject('/lookup/J45'), app.inject('/lookup/J45')])
  t.match(first.json(), { code: 'J45', title: 'Asthma', lookedUpAt: /^\d{4}-.*Z$/ })
  t.equal(first.headers['cache-status'], 'fastify-upstash; fwd=miss')
  t.equal(second.headers['cache-status'], 'fastify-upstash; fwd=miss; collapsed')
  t.same(second.json(), first.json())
  await eventually(() => app.cache.namespace('api').has(['lookup', 'J45']), 'it is kept')
  const third = await app.inject('/lookup/J45')
  t.equal(third.headers['cache-status'], 'fastify-upstash; hit')
  t.same(third.json(), first.json())
  t.match((await app.inject('/lookup/Z99')).json(), { title: 'Unknown' })
  const { app: other } = await startApp(t, environment(local))
  t.same((await other.inject('/lookup/J45')).json(), first.json(), 'from another instance')
})

test('without Redis a look-up is loaded each time, and the reply says so', async t => {
  const { app } = await startApp(t)
  for (let n = 0; n < 2; n++) {
    const reply = await app.inject('/lookup/J45')
    t.equal(reply.statusCode, 200)
    t.equal(reply.headers['cache-status'], 'fastify-upstash; fwd=bypass')
  }
})

test('what is no code is refused', async t => {
  const { app } = await startApp(t)
  t.match((await app.inject('/lookup/asthma')).json(), { status: 400, code: 'FST_ERR_VALIDATION' })
})
