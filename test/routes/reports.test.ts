import t, { test } from 'tap'
import { eventually } from '../../contracts/expect.ts'
import { csvField } from '../../routes/reports/format.ts'
import { environment, startApp } from '../app.ts'
import { member, servedBy } from '../clinic.ts'
import { startDatabase } from '../database.ts'
import { startLocal } from '../local.ts'

const { url, query } = await startDatabase(t)
const env = { DATABASE_URL: url }
const csv = { headers: { accept: 'text/csv' } }

test('a report comes in JSON or CSV, as the client prefers, from one value of the cache', async t => {
  const { app } = await startApp(t, { ...env, ...environment(await startLocal(t)) })
  const ann = await member(app, 'north')
  const first = await ann.ask('/reports/visits?month=2026-03')
  t.match(first.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-status': 'fastify-upstash; fwd=miss', vary: 'accept', 'cache-control': 'no-store' })
  const { rows, ...head } = first.json()
  t.match(head, { kind: 'visits', month: '2026-03', readAt: String })
  const [{ visits }] = await query(`
    select count(*)::int as visits from clinic.visits
    where workspace = 'north' and at >= '2026-03-01T00:00:00Z' and at < '2026-04-01T00:00:00Z'`)
  t.equal(rows.length, visits)
  t.ok(visits > 1_000)
  t.match(rows[0], { id: Number, at: /^2026-03-01T\d\d:\d\dZ$/, patient: Number, clinician: /^Dr /, diagnosis: /^[A-Z]\d\d$/, minutes: Number })
  await eventually(async () => servedBy(await ann.ask('/reports/visits?month=2026-03')) === 'hit', 'it is kept')

  const asCsv = await ann.ask('/reports/visits?month=2026-03', csv)
  t.match(asCsv.headers, { 'content-type': 'text/csv; charset=utf-8', 'cache-status': 'fastify-upstash; hit', 'content-disposition': 'attachment; filename="visits-2026-03.csv"' })
  const lines = asCsv.body.split('\r\n')
  t.equal(lines[0], 'id,at,patient,clinician,diagnosis,minutes')
  t.equal(lines[1], Object.values(rows[0]).join(','))
  t.equal(lines.length, visits + 2, 'a line a row, the last one ended')
})

test('every kind has its columns; a month without visits is empty; without a month it is this one', async t => {
  const { app } = await startApp(t, env)
  const ann = await member(app, 'east')
  t.match((await ann.ask('/reports/prescriptions?month=2026-12')).json().rows[0], { at: /^2026-12-01T/, drug: String, days: Number })
  const { rows } = (await ann.ask('/reports/activity?month=2025-12')).json()
  t.equal(rows.at(-1).day, '2025-12-31')
  t.match(rows[0], { day: '2025-12-01', clinician: String, visits: Number, minutes: Number })
  t.same((await ann.ask('/reports/visits?month=2090-01')).json().rows, [])
  t.equal((await ann.ask('/reports/visits?month=2090-01', csv)).body, 'id,at,patient,clinician,diagnosis,minutes\r\n')
  t.equal((await ann.ask('/reports/visits')).json().month, new Date().toISOString().slice(0, 7))
  for (const url of ['/reports/secrets', '/reports/visits?month=2026-13', '/reports/visits?month=2026']) t.equal((await ann.ask(url)).statusCode, 400, url)
})

test('a report is of the user\'s workspace alone', async t => {
  const { app } = await startApp(t, { ...env, ...environment(await startLocal(t)) })
  const [ann, bob] = [await member(app, 'north'), await member(app, 'east')]
  const url = '/reports/visits?month=2026-05'
  await eventually(async () => servedBy(await ann.ask(url)) === 'hit', 'it is kept')
  const his = await bob.ask(url)
  t.equal(servedBy(his), 'fwd=miss')
  t.ok(his.json().rows.every(({ patient }: { patient: number }) => patient % 3 === 1))
})

test('what a client accepts is weighed', async t => {
  const { app } = await startApp(t, env)
  const ann = await member(app, 'north')
  const typeFor = async (accept: string) => {
    const { statusCode, headers } = await ann.ask('/reports/activity?month=2090-01', { headers: { accept } })
    return statusCode === 200 ? String(headers['content-type']).split(';')[0] : statusCode
  }
  for (const [accept, type] of [
    ['*/*', 'application/json'], ['text/csv, application/json;q=0.5', 'text/csv'], ['application/json;q=0.5,text/*', 'text/csv'], ['text/html, */*;q=0.1', 'application/json'],
    ['application/json;q=0, */*', 'text/csv'], ['TEXT/CSV', 'text/csv'], ['text/html', 406], ['text/csv;q=0', 406], ['text/csv;q=2', 406], ['', 406]
  ] as const) t.equal(await typeFor(accept), type, accept)
})

test('a field of CSV is quoted where it has to be, and no formula', t => {
  for (const [value, field] of [['plain', 'plain'], ['a,b', '"a,b"'], ['a "b"', '"a ""b"""'], ['two\nlines', '"two\nlines"'], ['=1+1', "'=1+1"], ['@x', "'@x"], ['＝1', "'＝1"], ['\n=1', '"\'\n=1"'], [-1, '-1'], [undefined, '']] as const) {
    t.equal(csvField(value), field, String(value))
  }
  t.end()
})

test('an export and a reminder are refused honestly where there is no queue', async t => {
  const { app } = await startApp(t, env)
  const ann = await member(app, 'north')
  const post = async (url: string, payload: object) => await ann.ask(url, { method: 'POST', payload, headers: { 'idempotency-key': 'mine' } })
  for (const [url, payload] of [['/reports/visits/export', { month: '2026-03' }], ['/reminders', { patientId: 3, on: '2026-12-01' }]] as const) {
    const reply = await post(url, payload)
    t.match(reply.json(), { status: 503, code: 'FST_QUEUE_DISABLED', reason: 'disabled', retry: 'later', jobId: 'mine' }, url)
    t.equal(reply.headers['retry-after'], '3600')
  }
  t.match(app.queue.stats().rejected, { exports: 1, reminders: 1 })
  t.match((await post('/reminders', { patientId: 4, on: '2026-12-01' })).json(), { status: 404, detail: 'there is no such patient in your workspace' })
  t.equal((await post('/reminders', { patientId: 3, on: 'soon' })).statusCode, 400)
  t.equal((await post('/reports/visits/export', {})).statusCode, 400)
  await ann.ask('/session/rights/jobs:add', { method: 'DELETE' })
  t.equal((await post('/reports/visits/export', { month: '2026-03' })).statusCode, 403)
  t.equal((await post('/reminders', { patientId: 3, on: '2026-12-01' })).statusCode, 403)
})

t.end()
