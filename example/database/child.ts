import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { holdFolder } from './folder-lock.ts'
import { servePostgres } from './wire.ts'

// A process of its own that is a PostgreSQL server: PGlite blocks its process for the length of a query. Sends `{ port }` or
// `{ problem }`, and ends when whoever started it disconnects or dies.

const [folder = ''] = process.argv.slice(2)
let database: PGlite | undefined

// A terminal's Ctrl-C reaches the whole group, and the app may have queries to finish: it ends this process when it is done.
process.on('SIGINT', () => {}).on('SIGTERM', () => {})
process.once('disconnect', async () => {
  await database?.close()
  process.exit()
})

try {
  await mkdir(folder, { recursive: true })
  // From here on paths are short, as that of a socket has to be.
  process.chdir(folder)
  process.once('exit', await holdFolder('.'))
  // Made by a process that ended before it was done.
  if (!existsSync('complete')) await rm('data', { recursive: true, force: true })
  const db = await PGlite.create('data')
  await writeFile('complete', '')
  const { port } = await servePostgres(db)
  database = db
  process.send?.({ port })
} catch (error) {
  process.send?.({ problem: Object(error).message })
  process.disconnect()
}
