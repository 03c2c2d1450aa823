import { test } from 'tap'
import { environment, startApp } from '../app.ts'
import { startLocal } from '../local.ts'

const CACHE_ADMIN_TOKEN = 'for-the-test'
const headers = { authorization: `Bearer ${CACHE_ADMIN_TOKEN}` }

test('the cache is invalidated by tag, key and namespace', async t => {
  const { app } = await startApp(t, { ...environment(await startLocal(t)), CACHE_ADMIN_TOKEN })
  const query = app.cache.namespace('query')
  const left = async () => (await query.getMany(['a', ['b', 1], 'c', 'd'])).filter(value => value !== undefined)
  const remove = async (search: string) => {
    const reply = await app.inject({ method: 'DELETE', url: `/cache?${search}`, headers })
    t.same([reply.statusCode, reply.json()], [200, { invalidated: true }], search)
  }
  await query.setMany([{ key: 'a', value: 'a', tags: ['x'] }, { key: ['b', 1], value: 'b' }, { key: 'c', value: 'c' }, { key: 'd', value: 'd' }])
  await remove('tag=x&tag=y')
  t.same(await left(), ['b', 'c', 'd'])
  await remove('namespace=query&key=c')
  await remove(`namespace=query&key=${encodeURIComponent('["b",1]')}`)
  t.same(await left(), ['d'])
  await remove('namespace=report')
  await remove('namespace=query')
  t.same(await left(), [])
})

test('what Redis could not be told yet is 202; without Redis there is nothing to invalidate', async t => {
  const local = await startLocal(t)
  const { app } = await startApp(t, { ...environment(local), CACHE_ADMIN_TOKEN })
  await local.faults.set({ kind: 'refuse' })
  const reply = await app.inject({ method: 'DELETE', url: '/cache?tag=x', headers })
  t.same([reply.statusCode, reply.json()], [202, { invalidated: false }])
  const { app: without } = await startApp(t, { CACHE_ADMIN_TOKEN })
  t.same((await without.inject({ method: 'DELETE', url: '/cache?tag=x', headers })).json(), { invalidated: true })
})

test('only who has the token may, and without one in the environment nobody', async t => {
  const { app } = await startApp(t, { ...environment(await startLocal(t)), CACHE_ADMIN_TOKEN })
  for (const authorization of [undefined, '', 'Bearer', 'Bearer for-the-test2', 'Basic for-the-test', 'for-the-test']) {
    const reply = await app.inject({ method: 'DELETE', url: '/cache?tag=x', headers: authorization === undefined ? {} : { authorization } })
    t.equal(reply.statusCode, 401, String(authorization))
    t.equal(reply.headers['www-authenticate'], 'Bearer')
  }
  for (const search of ['', '?key=a', '?tag=x&namespace=query', '?tag=x&key=a', '?namespace=a:b', `?namespace=query&key=${encodeURIComponent('["b"')}`, '?tags=x']) {
    t.equal((await app.inject({ method: 'DELETE', url: `/cache${search}`, headers })).statusCode, 400, search)
  }
  const { app: closed } = await startApp(t)
  t.equal((await closed.inject({ method: 'DELETE', url: '/cache?tag=x', headers })).statusCode, 404)
})
