import { test } from 'tap'
import { environment, startApp } from '../app.ts'
import { startLocal } from '../local.ts'

test('instances share the counter', async t => {
  const local = await startLocal(t)
  const { app: one } = await startApp(t, environment(local))
  const { app: other } = await startApp(t, environment(local))
  t.same((await one.inject('/visits')).json(), { visits: 0, upstash: 'connected' })
  t.same((await one.inject({ method: 'POST', url: '/visits' })).json(), { visits: 1, upstash: 'connected' })
  t.same((await other.inject({ method: 'POST', url: '/visits' })).json(), { visits: 2, upstash: 'connected' })
  t.same((await one.inject('/visits')).json(), { visits: 2, upstash: 'connected' })
})

test('what is no number in Redis is unknown as well', async t => {
  const local = await startLocal(t)
  const { app } = await startApp(t, environment(local))
  await app.upstash?.send(['SET', 'example:visits', 'many'])
  t.same((await app.inject('/visits')).json(), { visits: null, upstash: 'connected' })
})

test('without Redis, and while it fails, the number is unknown and that is no error', async t => {
  const { app: without } = await startApp(t)
  t.same((await without.inject('/visits')).json(), { visits: null, upstash: 'disabled' })
  const local = await startLocal(t)
  const { app } = await startApp(t, environment(local))
  await local.faults.set({ kind: 'refuse' })
  const reply = await app.inject({ method: 'POST', url: '/visits' })
  t.equal(reply.statusCode, 200)
  t.same(reply.json(), { visits: null, upstash: 'unreachable' })
})
