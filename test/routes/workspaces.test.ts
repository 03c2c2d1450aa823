import Fastify from 'fastify'
import t, { test } from 'tap'
import application from '../../app.ts'
import { eventually } from '../../contracts/expect.ts'
import { environment, startApp } from '../app.ts'
import { member, servedBy } from '../clinic.ts'
import { startDatabase } from '../database.ts'
import { startLocal } from '../local.ts'

const { url, query } = await startDatabase(t)

/** Every route that answers of a workspace's data, and what of it tells whose it is. By the arithmetic of the seed, `id % 3` is 0 in north and 1 in east. */
const READS: ReadonlyArray<{ route: string, url: string, ids?: (body: any) => number[] }> = [
  { route: '/patients', url: '/patients?search=a&page=2', ids: ({ patients }) => patients.map(({ id }: { id: number }) => id) },
  { route: '/patients/:id', url: '/patients/9' },
  { route: '/dashboard', url: '/dashboard' },
  { route: '/reports/:kind', url: '/reports/visits?month=2026-02', ids: ({ rows }) => rows.map(({ patient }: { patient: number }) => patient) },
  { route: '/reports/:kind', url: '/reports/prescriptions?month=2026-02', ids: ({ rows }) => rows.map(({ patient }: { patient: number }) => patient) },
  { route: '/reports/:kind', url: '/reports/activity?month=2026-02' }
]

test('no route answers one workspace with what is kept for another, whoever came first', async t => {
  const { app } = await startApp(t, { DATABASE_URL: url, ...environment(await startLocal(t)) })
  const [ann, bob] = [await member(app, 'north'), await member(app, 'east')]
  for (const { url, ids } of READS) {
    await eventually(async () => servedBy(await ann.ask(url)) === 'hit', `${url} is kept`)
    const [hers, his] = [await ann.ask(url), await bob.ask(url)]
    t.equal(servedBy(his), 'fwd=miss', url)
    t.not(hers.body, his.body, url)
    if (ids === undefined) continue
    t.ok(ids(hers.json()).length > 0 && ids(hers.json()).every(id => id % 3 === 0), url)
    t.ok(ids(his.json()).length > 0 && ids(his.json()).every(id => id % 3 === 1), url)
  }
})

test('no write reaches another workspace', async t => {
  const { app } = await startApp(t, { DATABASE_URL: url, ...environment(await startLocal(t)) })
  const [ann, bob] = [await member(app, 'north'), await member(app, 'east')]
  const before = await query('select * from clinic.patients where id = 9')
  t.equal((await bob.ask('/patients/9', { method: 'PATCH', payload: { name: 'Mine' } })).statusCode, 404)
  t.equal((await bob.ask('/reminders', { method: 'POST', payload: { patientId: 9, on: '2026-12-01' } })).statusCode, 404)
  t.same(await query('select * from clinic.patients where id = 9'), before)
  const { patient } = (await bob.ask('/patients', { method: 'POST', payload: { name: 'Bobs Own', born: '2000-01-01', phone: '' } })).json()
  t.same(await query('select workspace from clinic.patients where id = $1', [patient.id]), [{ workspace: 'east' }])
  t.equal((await ann.ask(`/patients/${patient.id}`)).statusCode, 404)
  t.match((await ann.ask('/patients?search=bobs')).json(), { total: 0 })
})

test('a right is of one user in one workspace', async t => {
  const { app } = await startApp(t, { DATABASE_URL: url, ...environment(await startLocal(t)) })
  const [ann, annie, bob] = [await member(app, 'north'), await member(app, 'north'), await member(app, 'east')]
  for (const { ask } of [ann, annie, bob]) t.equal((await ask('/dashboard')).statusCode, 200)
  await ann.ask('/session/rights/dashboard:read', { method: 'DELETE' })
  t.equal((await ann.ask('/dashboard')).statusCode, 403)
  for (const { ask } of [annie, bob]) t.equal((await ask('/dashboard')).statusCode, 200)
})

test('these are all that there are', async t => {
  const app = Fastify()
  t.after(() => app.close())
  const found = new Set<string>()
  app.addHook('onRoute', ({ method, url }) => { if (method === 'GET' && /^\/(patients|dashboard|reports)/.test(url)) found.add(url.replace(/\/$/, '')) })
  await app.register(application)
  t.same([...found].sort(), [...new Set(READS.map(({ route }) => route))].sort())
})

t.end()
