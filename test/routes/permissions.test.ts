import { test } from 'tap'
import { eventually } from '../../contracts/expect.ts'
import { environment, startApp } from '../app.ts'
import { startLocal } from '../local.ts'

test('a right that is revoked is gone with the next read, on other instances within a second', async t => {
  const local = await startLocal(t)
  const [{ app: one }, { app: other }] = [await startApp(t, environment(local)), await startApp(t, environment(local))]
  const url = '/permissions/ada'
  const rights = async (app = one) => (await app.inject(url)).json().rights
  const change = async (payload: object) => (await one.inject({ method: 'POST', url, payload })).json()
  await change({ grant: 'reports:read' })
  t.same(await rights(other), ['patients:read', 'patients:write', 'reports:read'])
  await eventually(() => one.cache.namespace('permission').has(['rights', 'ada']), 'it is kept')
  t.same(await change({ revoke: 'reports:read' }), { userId: 'ada', rights: ['patients:read', 'patients:write'], seenEverywhere: true })
  await eventually(async () => (await rights(other)).length === 2, 'the other instance obeys')
  t.same((await change({ grant: 'reports:read' })).rights, ['patients:read', 'patients:write', 'reports:read'])
  await eventually(async () => (await rights(other)).length === 3, 'and again')
})

test('while Redis is away, the instance that revokes obeys, and says that others may not yet', async t => {
  const local = await startLocal(t)
  const { app } = await startApp(t, environment(local))
  await app.inject('/permissions/ben')
  await eventually(() => app.cache.namespace('permission').has(['rights', 'ben']), 'it is kept')
  await local.faults.set({ kind: 'refuse' })
  const reply = await app.inject({ method: 'POST', url: '/permissions/ben', payload: { revoke: 'patients:read' } })
  t.same(reply.json(), { userId: 'ben', rights: [], seenEverywhere: false })
  t.same((await app.inject('/permissions/ben')).json().rights, [])
  await app.inject({ method: 'POST', url: '/permissions/ben', payload: { grant: 'patients:read' } })
})

test('without Redis every read asks the database; a user who is not known is 404, a bad right 400', async t => {
  const { app } = await startApp(t)
  const post = async (url: string, payload: object) => (await app.inject({ method: 'POST', url, payload }))
  t.match((await post('/permissions/ada', { revoke: 'nothing:there' })).json(), { seenEverywhere: true })
  t.match((await app.inject('/permissions/eve')).json(), { status: 404, detail: 'there is no such user' })
  t.equal((await post('/permissions/eve', { revoke: 'patients:read' })).statusCode, 404)
  t.equal((await post('/permissions/eve', { grant: 'patients:read' })).statusCode, 404)
  t.equal((await post('/permissions/ada', { revoke: 'everything' })).statusCode, 400)
})
