import t, { test } from 'tap'
import { eventually } from '../../contracts/expect.ts'
import { environment, startApp } from '../app.ts'
import { member, servedBy } from '../clinic.ts'
import { startDatabase } from '../database.ts'
import { startLocal } from '../local.ts'

const { url, query } = await startDatabase(t)
const env = { DATABASE_URL: url, COOKIE_SECRET: 'the same for both, and long enough' }

test('a hundred who look at once, at two instances, run each query once, and all get the same', async t => {
  const local = await startLocal(t)
  const apps = [await startApp(t, { ...env, ...environment(local) }), await startApp(t, { ...env, ...environment(local) })].map(({ app }) => app)
  const ann = await member(apps[0]!, 'north')
  // So that a hundred questions for her rights are not the subject.
  for (const app of apps) await app.inject({ url: '/session/rights', headers: { cookie: ann.cookie } })
  const replies = await Promise.all(Array.from({ length: 100 }, (_, n) => apps[n % 2]!.inject({ url: '/dashboard', headers: { cookie: ann.cookie } })))
  t.same([...new Set(replies.map(({ statusCode, body }) => `${statusCode} ${body}`))].length, 1)
  t.equal(replies[0]?.statusCode, 200)
  const [one = {}, other = {}] = apps.map(app => app.database.stats().queries)
  for (const name of ['visits per day', 'top diagnoses', 'load per clinician']) t.equal((one[name]?.sent ?? 0) + (other[name]?.sent ?? 0), 1, name)
  await eventually(async () => servedBy(await ann.ask('/dashboard')) === 'hit', 'it is kept')
})

test('the figures are those of the user\'s workspace', async t => {
  const { app } = await startApp(t, { ...env, ...environment(await startLocal(t)) })
  const [ann, bob] = [await member(app, 'north'), await member(app, 'south')]
  await eventually(async () => servedBy(await ann.ask('/dashboard')) === 'hit', 'it is kept')
  const [north, south] = [await ann.ask('/dashboard'), await bob.ask('/dashboard')]
  t.equal(servedBy(south), 'fwd=miss')
  for (const [workspace, reply] of [['north', north], ['south', south]] as const) {
    const { visitsPerDay, topDiagnoses, loadPerClinician } = reply.json()
    t.equal(visitsPerDay.length, 90)
    t.match(visitsPerDay.at(-1), { day: '2026-12-31', visits: Number })
    t.equal(topDiagnoses.length, 8)
    t.same(topDiagnoses[0], (await query(`
      select diagnosis, count(*)::int as visits, count(distinct patient_id)::int as patients from clinic.visits where workspace = $1 group by diagnosis
      order by visits desc, diagnosis limit 1`, [workspace]))[0])
    const [{ visits }] = await query('select count(*)::int as visits from clinic.visits where workspace = $1', [workspace])
    t.equal(loadPerClinician.reduce((sum: number, { visits }: { visits: number }) => sum + visits, 0), visits)
  }
  t.not(north.body, south.body)
})

t.end()
