import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import t, { test } from 'tap'
import { migrate } from '../../example/database/migrate.ts'
import { problemDetails } from '../../problem-details.ts'
import healthRoute from '../../routes/health/index.ts'
import { codeOf } from '../client.ts'
import { messages, newFolder, one, startDatabase, startWithDatabase as start, UNAVAILABLE } from '../database.ts'
import { startTcpWay } from '../tcp-way.ts'

const { url } = await startDatabase(t)

test('a query that is wrong is the caller\'s error, and the database is there on', async t => {
  const { app } = await start(t, { url })
  t.equal(await codeOf(app.database.query({ name: 'wrong', text: 'select nothing from nowhere' })), '42P01')
  t.same(await app.database.query(one), [{ one: 1 }])
  t.equal(app.database.state, 'connected')
})

test('queries of several connections at once get each their own rows', async t => {
  const { app } = await start(t, { url })
  const rows = await Promise.all(Array.from({ length: 200 }, (_, n) => app.database.query({ name: 'echo', text: `select $1::int as n, ${n % 5} as of` }, [n])))
  t.same(rows, Array.from({ length: 200 }, (_, n) => [{ n, of: n % 5 }]))
})

test('a database that cannot be reached is told once, without a password, and serves again when it is back', async t => {
  const way = await startTcpWay(t, url)
  const through = new URL(way.url)
  through.password = 's3cr3t'
  const { app, log } = await start(t, { url: through.href })
  problemDetails(app)
  app.decorate('upstash', null)
  await app.register(healthRoute, { prefix: '/health' })
  app.get('/ask', async () => await app.database.query(one))
  t.same((await app.inject('/ask')).json(), [{ one: 1 }])
  await way.block()
  for (let n = 0; n < 3; n++) {
    const reply = await app.inject('/ask')
    t.equal(reply.headers['content-type'], 'application/problem+json')
    t.match(reply.json(), { status: 503, code: UNAVAILABLE })
  }
  const health = await app.inject('/health')
  t.match([health.statusCode, health.json()], [200, { status: 'ok', database: 'unreachable' }])
  await way.open()
  t.same((await app.inject('/ask')).json(), [{ one: 1 }])
  t.match(messages(log), [/^PostgreSQL is the server of DATABASE_URL/, 'the database answers', /^the database cannot be reached: check that DATABASE_URL/, 'the database answers again'])
  t.equal(log.lines.filter(({ level }) => level >= 40).length, 1, 'one line, however many ask')
  t.notMatch(JSON.stringify(log.lines), 's3cr3t')
  t.equal(app.database.stats().unavailable, 3)
})

test('an address that is none, or leads nowhere, is unavailable, and not tried with every request', async t => {
  for (const url of ['nonsense', 'postgres://nobody:s3cr3t@127.0.0.1:1/nothing']) {
    const { app, log } = await start(t, { url, retryAfter: 60_000 })
    for (let n = 0; n < 2; n++) t.equal(await codeOf(app.database.query(one)), UNAVAILABLE)
    t.equal(messages(log).length, 2)
    t.notMatch(JSON.stringify(log.lines), 's3cr3t')
    await app.close()
    t.equal(await codeOf(app.database.query(one)), UNAVAILABLE)
  }
})

test('an app that closes while it connects leaves no connection', async t => {
  const { app } = await start(t, { url, closeLimit: 1 })
  const asked = codeOf(app.database.query(one))
  await app.close()
  t.equal(await asked, UNAVAILABLE)
  const { app: other } = await start(t, { url })
  // PGlite has no list of its connections; what would be left would keep this process from ending.
  t.same(await other.database.query(one), [{ one: 1 }])
})

test('migrations run all or not at all, each once', async t => {
  const folder = await newFolder(t)
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  t.same(await migrate(client), [])
  await writeFile(join(folder, '003-good.sql'), 'create table clinic.good (id integer)')
  await writeFile(join(folder, '004-bad.sql'), 'create table clinic.good (id integer)')
  t.equal(await codeOf(migrate(client, folder)), '42P07')
  const { rows } = await client.query("select to_regclass('clinic.good') as good, (select count(*)::int from clinic.migrations) as files")
  t.same(rows, [{ good: null, files: 2 }])
})

t.end()
