import { Ajv } from 'ajv'
import type { InjectOptions } from 'fastify'
import type { Response } from 'light-my-request'
import t, { test } from 'tap'
import { environment, startApp } from '../app.ts'
import { member } from '../clinic.ts'
import { startDatabase } from '../database.ts'
import { startLocal } from '../local.ts'

const { url: DATABASE_URL } = await startDatabase(t)

interface Operation {
  readonly security?: ReadonlyArray<Record<string, unknown>>
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: object }>, headers?: object }>>
}

type Published = Map<string, Operation>

/** What is asked of each operation, those that go well and those that do not. */
const ASKED: Record<string, Array<InjectOptions & { url: string }>> = {
  'get /health': [{ url: '/health' }],
  'get /status': [{ url: '/status' }],
  'get /metrics': [{ url: '/metrics' }],
  'get /visits': [{ url: '/visits' }],
  'post /visits': [{ url: '/visits' }],
  'get /lookup/{code}': [{ url: '/lookup/J45' }, { url: '/lookup/j45' }],
  'delete /cache': [{ url: '/cache?tag=a', headers: { authorization: 'Bearer for-the-test' } }, { url: '/cache', headers: { authorization: 'Bearer for-the-test' } }],
  'get /permissions/{userId}': [{ url: '/permissions/ada' }, { url: '/permissions/nobody' }],
  'post /permissions/{userId}': [{ url: '/permissions/ada', payload: { grant: 'a:b' } }, { url: '/permissions/ada', payload: {} }],
  'post /jobs/reminders': [{ url: '/jobs/reminders', payload: {} }],
  'post /jobs/scheduled-reports': [{ url: '/jobs/scheduled-reports', payload: { text: 'x'.repeat(300_000) } }],
  'post /jobs/exports': [{ url: '/jobs/exports', payload: '{"n":1e999}', headers: { 'content-type': 'application/json' } }],
  'get /wards': [{ url: '/wards' }],
  'get /wards/followed': [{ url: '/wards/followed' }],
  'put /wards/followed/{id}': [{ url: '/wards/followed/cardiology' }],
  'get /wards/export.csv': [{ url: '/wards/export.csv' }],
  'put /wards/{id}': [{ url: '/wards/cardiology', payload: { free: 2 } }, { url: '/wards/none', payload: { free: 2 } }],
  'get /patients': [{ url: '/patients' }, { url: '/patients' }, { url: '/patients?page=0' }],
  'post /patients': [{ url: '/patients', payload: { name: 'Ann', born: '2000-02-29', phone: '' } }, { url: '/patients', payload: {} }],
  'get /patients/{id}': [{ url: '/patients/3' }, { url: '/patients/4' }],
  'patch /patients/{id}': [{ url: '/patients/3', payload: { phone: '3' } }, { url: '/patients/4', payload: { phone: '3' } }],
  'get /dashboard': [{ url: '/dashboard' }],
  'get /reports/{kind}': [{ url: '/reports/visits?month=2026-03' }, { url: '/reports/activity', headers: { accept: 'text/csv' } }, { url: '/reports/visits', headers: { accept: 'text/html' } }],
  'post /reports/{kind}/export': [{ url: '/reports/visits/export', payload: { month: '2026-03' } }],
  'post /reminders': [{ url: '/reminders', payload: { patientId: 3, on: '2026-12-01' } }, { url: '/reminders', payload: { patientId: 4, on: '2026-12-01' } }],
  'get /session/rights': [{ url: '/session/rights' }],
  'delete /session/rights/{right}': [{ url: '/session/rights/jobs:add' }],
  'put /session/rights/{right}': [{ url: '/session/rights/jobs:add' }, { url: '/session/rights/everything' }],
  'get /presence': [{ url: '/presence?ids=nobody' }],
  'get /presence/{room}': [{ url: '/presence/lobby' }],
  'get /presence/{room}/stream': [{ url: '/presence/lobby/stream?status=wrong' }],
  'post /presence/{room}/status': [{ url: '/presence/lobby/status', payload: { status: 'busy' } }],
  'post /presence/{room}/typing': [{ url: '/presence/lobby/typing' }],
  'get /session': [{ url: '/session' }],
  'post /session': [{ url: '/session', payload: { name: 'Ann' } }],
  'delete /session': [{ url: '/session' }]
}

const ajv = new Ajv({ strict: false, formats: { date: /^\d{4}-\d\d-\d\d$/, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/ } })

/** What a reply has that its operation does not say, or the other way round. */
function differences ({ responses }: Operation, { statusCode, headers, body }: Response): unknown[] {
  const { content, headers: told = {} } = responses[statusCode] ?? responses['default'] ?? {}
  const missing = Object.keys(told).filter(name => headers[name] === undefined)
  if (content === undefined) return body === '' ? missing : [...missing, body]
  const type = String(headers['content-type']).split(';')[0] ?? ''
  const schema = content[type]?.schema
  if (schema === undefined) return [...missing, `${statusCode} ${type}`]
  const right = ajv.compile(schema)
  return right(type.endsWith('json') ? JSON.parse(body) : body) ? missing : [...missing, ...right.errors ?? []]
}

async function start (t: Parameters<typeof startApp>[0]) {
  const { app } = await startApp(t, { DATABASE_URL, CACHE_ADMIN_TOKEN: 'for-the-test', ...environment(await startLocal(t)) })
  const { paths } = (await app.inject('/documentation/json')).json() as { paths: Record<string, Record<string, Operation>> }
  const published: Published = new Map(Object.entries(paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, operation]) => [`${method} ${path}`, operation])))
  return { app, published }
}

test('every route replies as the OpenAPI document says, errors as well', async t => {
  const { app, published } = await start(t)
  const { ask } = await member(app, 'north')
  t.same([...published.keys()].sort(), Object.keys(ASKED).sort(), 'all of them are asked')
  const statuses = new Set<number>()
  for (const [name, requests] of Object.entries(ASKED)) {
    for (const { url, ...options } of requests) {
      const method = name.split(' ')[0]?.toUpperCase() as 'GET'
      const reply = await ask(url, { ...options, method })
      statuses.add(reply.statusCode)
      t.same(differences(published.get(name) ?? { responses: {} }, reply), [], `${name} ${reply.statusCode}`)
    }
  }
  t.same([...statuses].sort(), [200, 201, 204, 400, 404, 406, 409, 413, 422, 503])
})

test('the document says which routes ask who is there', async t => {
  const { app, published } = await start(t)
  for (const [name, [{ url, ...options }]] of Object.entries(ASKED) as Array<[string, [InjectOptions & { url: string }]]>) {
    const method = name.split(' ')[0]?.toUpperCase() as 'GET'
    const reply = await app.inject({ ...options, url, method, headers: { ...options.headers, authorization: 'none' } })
    t.equal(published.get(name)?.security !== undefined, reply.statusCode === 401, `${name} ${reply.statusCode}`)
    if (reply.statusCode === 401) t.same(differences(published.get(name) ?? { responses: {} }, reply), [], name)
  }
})

test('the description of a reply that nobody sends fails', async t => {
  const { app, published } = await start(t)
  const { ask } = await member(app, 'north')
  const reply = await ask('/patients/3')
  for (const name of ['get /health', 'get /metrics', 'delete /session', 'get /dashboard']) t.ok(differences(published.get(name) ?? { responses: {} }, reply).length > 0, name)
})

t.end()
