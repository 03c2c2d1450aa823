import { test } from 'tap'
import { environment, startApp } from '../app.ts'
import { EventStream } from '../event-stream.ts'
import { startLocal } from '../local.ts'
import { signIn } from '../sign-in.ts'

test('two processes on one Redis are one house: whoever serves, people see each other', async t => {
  const local = await startLocal(t)
  const env = { ...environment(local), COOKIE_SECRET: 'the same for both, and long enough' }
  const [{ app: one }, { app: other }] = [await startApp(t, env), await startApp(t, env)]
  const [ann, bob] = [await signIn(one, 'Ann'), await signIn(other, 'Bob')]
  const annsStream = await EventStream.open(t, one, '/presence/lobby/stream', { cookie: ann.cookie })
  await annsStream.has(({ type }) => type === 'snapshot')
  const bobsStream = await EventStream.open(t, other, '/presence/lobby/stream?status=away', { cookie: bob.cookie })
  const joined = await annsStream.has(event => event.type === 'join' && event.member.userId === bob.id)
  t.match(joined.event, { member: { state: 'away', meta: { name: 'Bob' } } })
  const ask = async (url: string) => (await one.inject({ url, headers: { cookie: ann.cookie } })).json()
  t.match(await ask('/presence/lobby'), { total: 2, complete: true, source: 'redis' })
  t.match(await ask(`/presence?ids=${bob.id},nobody`), { users: [{ state: 'away' }, { state: 'offline' }] })

  // What Bob asks reaches the process that does not hold his stream.
  const post = async (path: string, payload: object) => (await one.inject({ method: 'POST', url: `/presence/lobby/${path}`, headers: { cookie: bob.cookie }, payload })).statusCode
  t.equal(await post('status', { customStatus: { text: 'at tea' } }), 204)
  await annsStream.has(event => event.type === 'update' && event.member.customStatus?.text === 'at tea')
  t.equal(await post('status', { status: 'busy' }), 409)
  t.equal(await post('typing', {}), 204)
  await annsStream.has(event => event.type === 'signal' && event.userId === bob.id)
  bobsStream.leave()
  await other.close()
  await annsStream.has(event => event.type === 'leave' && event.userId === bob.id)
  t.match(await ask(`/presence?ids=${bob.id}`), { users: [{ state: 'offline', lastSeen: Number }] })
})
