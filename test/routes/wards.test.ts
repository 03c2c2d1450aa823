import { test } from 'tap'
import { environment, startApp } from '../app.ts'
import { startLocal } from '../local.ts'
import { statusOf } from '../response-cache.ts'
import { signIn } from '../sign-in.ts'

test('the list of wards is the same for everybody, with cookies or without, until a ward changes', async t => {
  const { app } = await startApp(t, environment(await startLocal(t)))
  const ada = await signIn(app, 'Ada')
  const first = await app.inject('/wards')
  t.match(first.json(), [{ id: 'cardiology', free: 3 }, { id: 'paediatrics' }])
  t.match(statusOf(await app.inject({ url: '/wards?utm=1', headers: { cookie: ada.cookie } })), /^hit/)
  const changed = await app.inject({ method: 'PUT', url: '/wards/cardiology', headers: { cookie: ada.cookie }, payload: { free: 2 } })
  t.match(changed.json(), { ward: { free: 2 }, seenEverywhere: true })
  const next = await app.inject('/wards')
  t.match(next.json(), [{ id: 'cardiology', free: 2 }, {}])
  t.match(statusOf(next), /^fwd=uri-miss/)
  t.equal((await app.inject({ method: 'PUT', url: '/wards/none', headers: { cookie: ada.cookie }, payload: { free: 2 } })).statusCode, 404)
})

test('each user sees the wards that he follows, and nobody else\'s', async t => {
  const { app } = await startApp(t, environment(await startLocal(t)))
  const [ada, ben] = [await signIn(app, 'Ada'), await signIn(app, 'Ben')]
  const followed = async ({ cookie }: { cookie: string }) => await app.inject({ url: '/wards/followed', headers: { cookie } })
  t.same((await followed(ada)).json(), [])
  t.match(statusOf(await followed(ada)), /^hit/)
  t.equal((await app.inject({ method: 'PUT', url: '/wards/followed/cardiology', headers: { cookie: ada.cookie } })).statusCode, 204)
  for (let n = 0; n < 2; n++) {
    const reply = await followed(ada)
    t.match(reply.json(), [{ id: 'cardiology' }])
    t.equal(reply.headers['cache-control'], 'private')
    t.same((await followed(ben)).json(), [])
  }
  t.match(statusOf(await followed(ben)), /^hit/)
  t.equal((await app.inject('/wards/followed')).statusCode, 401)
})

test('a CSV is kept as it was streamed', async t => {
  const { app } = await startApp(t, environment(await startLocal(t)))
  const first = await app.inject('/wards/export.csv')
  t.match(first.body, /^id,name,beds,free\ncardiology,Cardiology,24,/)
  const second = await app.inject('/wards/export.csv')
  t.match(statusOf(second), /^hit/)
  t.equal(second.body, first.body)
  t.equal(second.headers['content-type'], 'text/csv; charset=utf-8')
})

test('without Redis the routes answer alike', async t => {
  const { app } = await startApp(t)
  const ada = await signIn(app, 'Ada')
  for (const url of ['/wards', '/wards/followed', '/wards/export.csv']) {
    const reply = await app.inject({ url, headers: { cookie: ada.cookie } })
    t.equal(reply.statusCode, 200)
    t.equal(statusOf(reply), 'fwd=bypass')
  }
  t.match((await app.inject({ method: 'PUT', url: '/wards/paediatrics', headers: { cookie: ada.cookie }, payload: { free: 9 } })).json(), { seenEverywhere: true })
})
