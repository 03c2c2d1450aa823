import t, { test, type Test } from 'tap'
import { eventually } from '../../contracts/expect.ts'
import type { LocalUpstash } from '../../local/index.ts'
import { environment, startApp } from '../app.ts'
import { member, servedBy, type Member } from '../clinic.ts'
import { startDatabase } from '../database.ts'
import { startLocal } from '../local.ts'
import { startTcpWay } from '../tcp-way.ts'

const { url, query } = await startDatabase(t)

async function start (t: Test, local?: LocalUpstash, databaseUrl = url) {
  return await startApp(t, { DATABASE_URL: databaseUrl, ...(local === undefined ? {} : environment(local)) })
}

/** Asks until the reply comes from the cache: a reply does not wait for its value to be kept. */
async function fill ({ ask }: Member, ...urls: string[]): Promise<void> {
  for (const url of urls) await eventually(async () => servedBy(await ask(url)) === 'hit', `${url} is kept`)
}

// By the arithmetic of the seed, the patients 3, 6, 9 and so on are of north, 1, 4, 7 of east, 2, 5, 8 of south.

test('patients are listed by name, searched by a part of it, a page at a time, from the cache the second time', async t => {
  const { app } = await start(t, await startLocal(t))
  const ann = await member(app, 'north')
  const first = await ann.ask('/patients')
  t.match(first.json(), { page: 1, pages: 167, total: 3333, readAt: /^\d{4}-.*Z$/ })
  t.equal(first.json().patients.length, 20)
  t.same(Object.keys(first.json().patients[0]), ['id', 'name', 'born', 'phone'])
  t.match(first.headers, { 'cache-status': 'fastify-upstash; fwd=miss', 'server-timing': /^cache;desc=loader;dur=\d+\.\d$/, 'cache-control': 'no-store' })
  await fill(ann, '/patients')
  const again = await ann.ask('/patients?page=1')
  t.match(again.headers, { 'cache-status': 'fastify-upstash; hit', 'server-timing': /^cache;desc=memory;dur=/ })
  t.same(again.json(), first.json())

  const [{ total }] = await query("select count(*)::int as total from clinic.patients where workspace = 'north' and name ilike '%tanaka%'")
  const found = (await ann.ask('/patients?search=TANAKA&page=2')).json()
  t.match(found, { page: 2, total, pages: Math.ceil(total / 20) })
  t.ok(found.patients.every(({ name }: { name: string }) => name.includes('Tanaka')))
  t.match((await ann.ask('/patients?search=%25')).json(), { total: 0, pages: 0, patients: [] }, 'a sign of patterns is a sign')
  t.match((await ann.ask('/patients?page=10000')).json(), { total: 3333, patients: [] })
})

test('letters of any language are found in either case, and each letter in its place', async t => {
  const { app } = await start(t)
  const ann = await member(app, 'south')
  for (const name of ['Émile Öz', 'Emil Ozan', 'Zoë Öz']) await ann.ask('/patients', { method: 'POST', payload: { name, born: '2000-01-01', phone: '' } })
  for (const [search, found] of [['ÉMILE', ['Émile Öz']], ['öz', ['Émile Öz', 'Zoë Öz']], ['emil', ['Emil Ozan']], ['İ', []], ['_mile', []], ['\\', []]] as const) {
    t.same((await ann.ask(`/patients?search=${encodeURIComponent(search)}`)).json().patients.map(({ name }: { name: string }) => name), found, search)
  }
})

test('a change invalidates the patient and the lists of his workspace, and nothing else', async t => {
  const local = await startLocal(t)
  const { app } = await start(t, local)
  const [ann, bob] = [await member(app, 'north'), await member(app, 'east')]
  await fill(ann, '/patients', '/patients?search=quist', '/patients/3', '/patients/6')
  await fill(bob, '/patients', '/patients/4')
  const reply = await ann.ask('/patients/3', { method: 'PATCH', payload: { name: 'Zora Quist' } })
  const { patient, invalidated } = reply.json()
  t.match(patient, { id: 3, name: 'Zora Quist', born: String, phone: String })
  t.same(invalidated, { tags: ['patient:3', 'patients:north'], seenEverywhere: true })
  t.same((await query('select name, born::text, phone from clinic.patients where id = 3'))[0], { name: patient.name, born: patient.born, phone: patient.phone })
  for (const url of ['/patients', '/patients?search=quist', '/patients/3']) t.equal(servedBy(await ann.ask(url)), 'fwd=miss', url)
  t.equal(servedBy(await ann.ask('/patients/6')), 'hit')
  for (const url of ['/patients', '/patients/4']) t.equal(servedBy(await bob.ask(url)), 'hit', url)
  t.match((await ann.ask('/patients/3')).json(), { patient: { name: 'Zora Quist' } })

  await fill(ann, '/patients?search=quist', '/patients/3')
  const made = await ann.ask('/patients', { method: 'POST', payload: { name: 'Yara Quist', born: '1999-12-31', phone: '+1 555 0199' } })
  t.equal(made.statusCode, 201)
  const { id } = made.json().patient
  t.ok(id > 10_000)
  t.equal(made.headers['location'], `/patients/${id}`)
  t.same(made.json(), { patient: { id, name: 'Yara Quist', born: '1999-12-31', phone: '+1 555 0199' }, invalidated: { tags: ['patients:north'], seenEverywhere: true } })
  t.equal(servedBy(await ann.ask('/patients/3')), 'hit')
  t.match((await ann.ask('/patients?search=yara')).json(), { patients: [{ id }], total: 1 })
  t.same((await ann.ask(`/patients/${id}`)).json().patient, made.json().patient)
})

test('nobody sees or changes what is of another workspace', async t => {
  const { app } = await start(t, await startLocal(t))
  const [ann, bob] = [await member(app, 'north'), await member(app, 'east')]
  await fill(ann, '/patients/9', '/patients?search=a')
  t.match((await bob.ask('/patients/9')).json(), { status: 404, detail: 'there is no such patient in your workspace' })
  t.equal((await bob.ask('/patients/9', { method: 'PATCH', payload: { name: 'Mine' } })).statusCode, 404)
  const ids = (await bob.ask('/patients?search=a')).json().patients.map(({ id }: { id: number }) => id)
  t.equal(ids.length, 20)
  t.ok(ids.every((id: number) => id % 3 === 1 || id > 10_000))
  t.equal(servedBy(await ann.ask('/patients/9')), 'hit', 'and what he tried invalidated nothing')
  t.equal((await ann.ask('/patients/99999999')).statusCode, 404)
})

test('a right that is taken is missed with the next request, on the other instance within a second; others keep theirs', async t => {
  const local = await startLocal(t)
  const COOKIE_SECRET = 'the same for both, and long enough'
  const env = { DATABASE_URL: url, COOKIE_SECRET, ...environment(local) }
  const [{ app: one }, { app: other }] = [await startApp(t, env), await startApp(t, env)]
  const [ann, bob] = [await member(one, 'south'), await member(one, 'south')]
  const all = ['dashboard:read', 'jobs:add', 'patients:read', 'patients:write', 'reports:read']
  t.same((await ann.ask('/session/rights')).json(), { rights: all })
  const there = async (method: 'GET' | 'PATCH', url: string) => (await other.inject({ method, url, headers: { cookie: ann.cookie }, ...(method === 'PATCH' ? { payload: { phone: '1' } } : {}) })).statusCode
  t.equal(await there('PATCH', '/patients/2'), 200)
  const revoked = await ann.ask('/session/rights/patients:write', { method: 'DELETE' })
  t.same(revoked.json(), { rights: all.filter(right => right !== 'patients:write'), seenEverywhere: true })
  const refused = await ann.ask('/patients/2', { method: 'PATCH', payload: { phone: '2' } })
  t.match(refused.json(), { status: 403, code: 'FST_EXAMPLE_FORBIDDEN', detail: 'you do not have the right patients:write in your workspace' })
  t.equal((await ann.ask('/patients', { method: 'POST', payload: { name: 'A', born: '2000-01-01', phone: '' } })).statusCode, 403)
  t.equal((await ann.ask('/patients/2')).statusCode, 200)
  t.equal((await bob.ask('/patients/2', { method: 'PATCH', payload: { phone: '3' } })).statusCode, 200)
  await eventually(async () => await there('PATCH', '/patients/2') === 403, 'the other instance obeys')
  t.equal(await there('GET', '/patients/2'), 200)
  for (const [right, url] of [['patients:read', '/patients'], ['patients:read', '/patients/2'], ['dashboard:read', '/dashboard'], ['reports:read', '/reports/visits']] as const) {
    await ann.ask(`/session/rights/${right}`, { method: 'DELETE' })
    t.equal((await ann.ask(url)).statusCode, 403, url)
  }
  t.match((await ann.ask('/session/rights/patients:write', { method: 'PUT' })).json(), { rights: ['jobs:add', 'patients:write'] })
  t.equal((await ann.ask('/patients/2', { method: 'PATCH', payload: { phone: '4' } })).statusCode, 200)
  t.equal((await ann.ask('/session/rights/everything', { method: 'PUT' })).statusCode, 400)
})

test('who is not signed in, a page of another origin and a form are refused', async t => {
  const { app } = await start(t)
  const ann = await member(app, 'north')
  for (const [method, url] of [['GET', '/patients'], ['GET', '/patients/3'], ['PATCH', '/patients/3'], ['POST', '/patients'], ['GET', '/dashboard'],
    ['GET', '/reports/visits'], ['POST', '/reports/visits/export'], ['POST', '/reminders'], ['GET', '/session/rights'], ['DELETE', '/session/rights/jobs:add']] as const) {
    t.match((await app.inject({ method, url })).json(), { status: 401, code: 'FST_EXAMPLE_SIGN_IN_REQUIRED' }, `${method} ${url}`)
    t.match((await ann.ask(url, { method, headers: { 'sec-fetch-site': 'same-site' } })).json(), { status: 403, code: 'FST_EXAMPLE_CROSS_ORIGIN' }, `${method} ${url}`)
  }
  t.equal((await ann.ask('/patients', { method: 'POST', payload: '{"name":"Ann"}', headers: { 'content-type': 'text/plain' } })).statusCode, 415)
})

test('what the database could not take is refused before', async t => {
  const { app } = await start(t)
  const ann = await member(app, 'north')
  for (const url of ['/patients/0', '/patients/x', '/patients/2147483648', '/patients?page=0', '/patients?search=%00']) {
    t.equal((await ann.ask(url)).statusCode, 400, url)
  }
  const whole = { name: 'Ann', born: '2000-02-29', phone: '' }
  for (const wrong of [{}, { name: '' }, { name: ' ' }, { name: ' A' }, { name: 'A\u202Eb' }, { name: 'A\u0000' }, { born: '2001-02-29' }, { born: '0000-01-01' }, { phone: 'x'.repeat(41) }]) {
    t.equal((await ann.ask('/patients/3', { method: 'PATCH', payload: wrong })).statusCode, 400, JSON.stringify(wrong))
  }
  for (const missing of Object.keys(whole)) {
    t.equal((await ann.ask('/patients', { method: 'POST', payload: { ...whole, [missing]: undefined } })).statusCode, 400, missing)
  }
  t.match((await ann.ask('/patients/3', { method: 'PATCH', payload: { born: '2000-02-29', phone: '7' } })).json(), { patient: { born: '2000-02-29', phone: '7' } })
})

test('without Redis every read asks the database, and says so', async t => {
  const { app } = await start(t)
  const ann = await member(app, 'north')
  for (let n = 0; n < 2; n++) t.equal(servedBy(await ann.ask('/patients/12')), 'fwd=bypass')
  t.same((await ann.ask('/patients/12', { method: 'PATCH', payload: { phone: '12' } })).json().invalidated, { tags: ['patient:12', 'patients:north'], seenEverywhere: true })
  t.match((await ann.ask('/session/rights/jobs:add', { method: 'DELETE' })).json(), { seenEverywhere: true })
})

test('while Redis is away, who writes reads what he wrote, and is told that others may not yet', async t => {
  const local = await startLocal(t)
  const { app } = await start(t, local)
  const ann = await member(app, 'north')
  await fill(ann, '/patients/15')
  await local.faults.set({ kind: 'refuse' })
  t.match((await ann.ask('/patients/15', { method: 'PATCH', payload: { phone: '15' } })).json(), { invalidated: { seenEverywhere: false } })
  t.match((await ann.ask('/patients/15')).json(), { patient: { phone: '15' } })
})

test('while the database is away, what is cached is served, and the rest is 503', async t => {
  const way = await startTcpWay(t, url)
  const { app } = await start(t, await startLocal(t), way.url)
  const ann = await member(app, 'north')
  await fill(ann, '/patients', '/patients/18')
  await way.block()
  for (const url of ['/patients', '/patients/18']) t.match([(await ann.ask(url)).statusCode, servedBy(await ann.ask(url))], [200, 'hit'], url)
  for (const url of ['/patients/21', '/patients?page=2', '/dashboard', '/reports/visits?month=2026-01']) {
    t.match((await ann.ask(url)).json(), { status: 503, code: 'FST_EXAMPLE_DATABASE_UNAVAILABLE' }, url)
  }
  t.equal((await ann.ask('/patients/18', { method: 'PATCH', payload: { phone: '18' } })).statusCode, 503)
  t.equal(servedBy(await ann.ask('/patients/18')), 'hit', 'a write in vain invalidates nothing')
  t.match((await app.inject('/health')).json(), { status: 'ok', database: 'unreachable' })
  await way.open()
  t.equal((await ann.ask('/patients/21')).statusCode, 200)
})

test('a write whose answer is lost may have been done: what it touches is not served from the cache', async t => {
  const way = await startTcpWay(t, url)
  const { app } = await start(t, await startLocal(t), way.url)
  const ann = await member(app, 'north')
  await fill(ann, '/patients', '/patients/24', '/patients/27')
  way.hush()
  const lost = ann.ask('/patients/24', { method: 'PATCH', payload: { phone: '24' } })
  await eventually(async () => (await query('select phone from clinic.patients where id = 24'))[0].phone === '24', 'it is done')
  await way.block()
  t.equal((await lost).statusCode, 503)
  await way.open()
  t.match((await ann.ask('/patients/24')).json(), { patient: { phone: '24' } })
  t.equal(servedBy(await ann.ask('/patients')), 'fwd=miss')
  t.equal(servedBy(await ann.ask('/patients/27')), 'hit')
})

t.end()
