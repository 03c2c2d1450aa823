import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientBase } from 'pg'

const FOLDER = join(import.meta.dirname, 'migrations')
/** Any number, the same in all processes. */
const LOCK = 5_820_261_125

/** Brings the schema `clinic` up to date, in one transaction, one process at a time; touches nothing outside it. Answers the files that it ran. */
export async function migrate (client: ClientBase, folder: string = FOLDER): Promise<string[]> {
  await client.query('begin')
  try {
    await client.query(`select pg_advisory_xact_lock(${LOCK})`)
    await client.query('create schema if not exists clinic')
    await client.query('create table if not exists clinic.migrations (file text primary key, ran_at timestamptz not null default now())')
    const { rows } = await client.query<{ file: string }>('select file from clinic.migrations')
    const done = new Set(rows.map(({ file }) => file))
    const files = (await readdir(folder)).filter(file => !done.has(file)).sort()
    for (const file of files) {
      await client.query(await readFile(join(folder, file), 'utf8'))
      await client.query('insert into clinic.migrations (file) values ($1)', [file])
    }
    await client.query('commit')
    return files
  } catch (error) {
    // Where the connection is lost, so is the transaction.
    await client.query('rollback').catch(() => {})
    throw error
  }
}
