import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { eventually } from '../../contracts/expect.ts'
import { holdFolder } from '../../example/database/folder-lock.ts'
import { startApp } from '../app.ts'
import { codeOf } from '../client.ts'
import { copyOfTemplate, messages, newFolder, one, startWithDatabase as start, UNAVAILABLE } from '../database.ts'

// Processes that start, one after another; on a busy machine more than a minute.
tap.setTimeout(180_000)

const counts = {
  name: 'counts',
  text: `select (select count(*)::int from clinic.patients) as patients, (select count(*)::int from clinic.visits) as visits,
    (select count(*)::int from clinic.prescriptions) as prescriptions, (select count(distinct workspace)::int from clinic.visits) as workspaces`
}
const seeded = [{ patients: 10_000, visits: 100_000, prescriptions: 30_000, workspaces: 3 }]

async function processOf (folder: string): Promise<number> {
  return Number((await connect(join(folder, 'process')).setEncoding('utf8').toArray()).join(''))
}

async function ends (pid: number): Promise<void> {
  await eventually(() => { try { return !process.kill(pid, 0) } catch { return true } }, 'the process ends')
}

test('the embedded database starts at the first query, in a process that ends with the app, and keeps its data', async t => {
  const DATABASE_FOLDER = await newFolder(t)
  const { app, log } = await startApp(t, { DATABASE_FOLDER })
  const state = async () => (await app.inject('/health')).json().database
  t.equal(await state(), 'idle')
  t.same(messages(log), ['DATABASE_URL is not set: an embedded PostgreSQL starts with the first query'])
  const first = app.database.query(counts)
  t.equal(await state(), 'starting')
  t.same(await first, seeded)
  t.same(await app.database.query(one), [{ one: 1 }])
  t.equal(await state(), 'connected')
  t.match(app.database.stats(), { queries: { counts: { sent: 1, milliseconds: Number, errors: 0, cache: null }, one: { sent: 1 } }, unavailable: 0, connections: { busy: 0, idle: 1 }, waiting: 0 })
  t.same(messages(log).slice(1), ['the database has been brought up to date', 'the database answers'])
  await app.database.query({ name: 'rename', text: "update clinic.patients set name = 'Kept' where id = 1" })
  const pid = await processOf(DATABASE_FOLDER)
  await app.close()
  await ends(pid)

  const { app: again, log: itsLog } = await startApp(t, { DATABASE_FOLDER })
  t.same(await again.database.query({ name: 'name', text: 'select name from clinic.patients where id = 1' }), [{ name: 'Kept' }])
  t.same(messages(itsLog).slice(1), ['the database answers'], 'no migration runs twice')
})

test('two processes do not share a folder: the second says who has it', async t => {
  const folder = await copyOfTemplate(t)
  const free = await holdFolder(folder)
  const { app, log } = await start(t, { folder })
  t.equal(await codeOf(app.database.query(one)), UNAVAILABLE)
  t.match((await log.has(/embedded database does not answer/))['reason'], `process ${process.pid} uses the folder`)
  free()
  // As after the end of a container, in whose next one another process has the number.
  await writeFile(join(folder, 'process'), String(process.pid))
  t.same(await app.database.query(counts), seeded, 'and takes it when nobody has it')
})

test('a folder that cannot be used is unavailable', async t => {
  await t.rejects(holdFolder('no/such/folder'), { code: 'EACCES' })
  const folder = await newFolder(t)
  await writeFile(join(folder, 'file'), '')
  const { app, log } = await start(t, { folder: join(folder, 'file') })
  t.equal(await codeOf(app.database.query(one)), UNAVAILABLE)
  t.match((await log.has(/embedded database does not answer/))['reason'], 'EEXIST')
  const { app: other } = await start(t, { folder })
  await mkdir(join(folder, 'process'))
  t.equal(await codeOf(other.database.query(one)), UNAVAILABLE)
})

test('a database process that is killed is started again by the next query', async t => {
  const folder = await copyOfTemplate(t)
  const { app, log } = await start(t, { folder })
  await app.database.query(one)
  const pid = await processOf(folder)
  const asked = codeOf(app.database.query({ name: 'long', text: 'select pg_sleep(30)' }))
  process.kill(pid, 'SIGKILL')
  t.equal(await asked, UNAVAILABLE)
  await eventually(async () => await codeOf(app.database.query(one)) === undefined, 'it answers')
  t.not(await processOf(folder), pid)
  await log.has(/answers again/)
})

test('a query may wait for others longer than for a connection', async t => {
  const { app } = await start(t, { folder: await copyOfTemplate(t), connectLimit: 1_000 })
  await app.database.query(one)
  const long = { name: 'long', text: 'select pg_sleep(0.6)' }
  await t.resolves(Promise.all([long, long, one].map(query => app.database.query(query))))
})

test('closing does not wait for ever: not for a query, nor for a start', async t => {
  const folder = await copyOfTemplate(t)
  for (const query of [{ name: 'long', text: 'select pg_sleep(30)' }, one]) {
    const { app } = await start(t, { folder, closeLimit: 50 })
    if (query !== one) await app.database.query(one)
    const asked = codeOf(app.database.query(query))
    await app.close()
    t.equal(await asked, UNAVAILABLE)
    t.equal(await codeOf(app.database.query(one)), UNAVAILABLE)
  }
})

test('the database process ends when the process that started it dies', async t => {
  const folder = await copyOfTemplate(t)
  const child = fork(new URL('database-child.ts', import.meta.url), [folder])
  await once(child, 'message')
  const pid = await processOf(folder)
  child.kill('SIGKILL')
  await ends(pid)
})
