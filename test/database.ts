import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import type { Test } from 'tap'
import { startEmbedded } from '../example/database/embedded.ts'
import databasePlugin, { type DatabasePluginOptions } from '../example/database/index.ts'
import { migrate } from '../example/database/migrate.ts'
import { loggedServer, type Log } from './client.ts'

export const UNAVAILABLE = 'FST_EXAMPLE_DATABASE_UNAVAILABLE'

export const one = { name: 'one', text: 'select 1 as one' }

export interface TestDatabase {
  readonly url: string
  /** Asks it beside the app. */
  readonly query: (text: string, values?: unknown[]) => Promise<any[]>
}

/** A database of its own with the seed in it: on the server of `POSTGRES_URL`, or embedded. One for a file of tests is enough. */
export async function startDatabase (t: Pick<Test, 'after'>): Promise<TestDatabase> {
  const { POSTGRES_URL: server } = process.env
  const url = server === undefined ? await startEmbeddedCopy(t) : await createDatabase(t, server)
  // No pool, whose end does not wait for that of its connections: the database goes after it.
  const client = new pg.Client(url)
  await client.connect()
  t.after(() => client.end())
  return { url, query: async (text, values) => (await client.query(text, values)).rows }
}

/** An app with the plugin alone, that tries again at once. */
export async function startWithDatabase (t: Test, options: DatabasePluginOptions): Promise<{ app: FastifyInstance, log: Log }> {
  const { app, log } = loggedServer(t)
  await app.register(databasePlugin, { retryAfter: 0, ...options })
  return { app, log }
}

/** What an operator reads of it. */
export function messages ({ lines }: Log): string[] {
  return lines.filter(({ plugin, level }) => plugin === 'database' && level >= 30).map(({ msg }) => msg)
}

async function createDatabase (t: Pick<Test, 'after'>, server: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = new pg.Pool({ connectionString: server, max: 1 })
  t.after(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  await admin.query(`create database ${name}`)
  const url = new URL(server)
  url.pathname = name
  await seed(url.href)
  return url.href
}

/** Embedded, whatever the run is for. */
export async function startEmbeddedCopy (t: Pick<Test, 'after'>): Promise<string> {
  const server = startEmbedded(await copyOfTemplate(t))
  t.after(() => server.stop(10_000))
  return await server.url
}

/** A data folder with the seed in it. */
export async function copyOfTemplate (t: Pick<Test, 'after'>): Promise<string> {
  const folder = await newFolder(t)
  await cp(await template(), folder, { recursive: true })
  return folder
}

export async function newFolder (t: Pick<Test, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'database-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

/** To make one takes longer than most tests: it is made once for a version of PGlite and of the migrations, and copied. */
async function template (): Promise<string> {
  const root = new URL('../', import.meta.url)
  const migrations = new URL('example/database/migrations/', root)
  const hash = createHash('sha256').update(await readFile(new URL('node_modules/@electric-sql/pglite/package.json', root)))
  for (const file of (await readdir(migrations)).sort()) hash.update(await readFile(new URL(file, migrations)))
  const made = new URL(`.tap/database-${hash.digest('hex').slice(0, 16)}`, root).pathname
  if (existsSync(made)) return made
  const making = `${made}-${process.pid}`
  const server = startEmbedded(making)
  await seed(await server.url)
  await server.stop(30_000)
  // Where another process was quicker, its is as good.
  await rename(making, made).catch(() => rm(making, { recursive: true }))
  return made
}

async function seed (url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await migrate(client)
  await client.end()
}
