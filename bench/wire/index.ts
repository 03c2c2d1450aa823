import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { servePostgres } from '../../example/database/wire.ts'
import { installApart } from '../../scripts/install-apart.ts'

// Whose rows a connection gets from PGlite behind @electric-sql/pglite-socket, and behind the example's own wire: ten connections at once,
// a hundred queries each, with a parameter that fits in one packet and one that does not.

const CONNECTIONS = 10
const QUERIES = 100

interface Score { own: number, another: number, failed: number }

await installApart(new URL('peer/', import.meta.url))
console.log('| wire | bytes a query | own rows | another connection\'s rows | errors |\n|---|--:|--:|--:|--:|')
for (const [name, serve] of [['@electric-sql/pglite-socket', serveTheirs], ['example/database/wire.ts', serveOurs]] as const) {
  for (const bytes of [10, 200_000]) {
    const { own, another, failed } = await play(await serve(), bytes)
    console.log(`| ${name} | ${bytes} | ${own} | ${another} | ${failed} |`)
  }
}
process.exit()

async function serveOurs (): Promise<number> {
  const database = await PGlite.create()
  return (await servePostgres(database)).port
}

async function serveTheirs (): Promise<number> {
  // By names that the compiler does not look for: they are installed apart, with a PGlite that fits.
  const [pglite, socket] = ['pglite', 'pglite-socket'].map(name => new URL(`peer/node_modules/@electric-sql/${name}/dist/index.js`, import.meta.url).href)
  const { PGlite } = await import(String(pglite))
  const { PGLiteSocketServer } = await import(String(socket))
  const server = new PGLiteSocketServer({ db: await PGlite.create(), port: 0, host: '127.0.0.1', maxConnections: CONNECTIONS })
  const listening = new Promise<number>(resolve => server.addEventListener('listening', ({ detail }: { detail: { port: number } }) => { resolve(detail.port) }))
  await server.start()
  return await listening
}

async function play (port: number, bytes: number): Promise<Score> {
  const score = { own: 0, another: 0, failed: 0 }
  const clients = Array.from({ length: CONNECTIONS }, () => new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' }))
  for (const client of clients) await client.connect()
  await Promise.all(clients.map(async (client, index) => {
    for (let n = 0; n < QUERIES; n++) {
      // The statement tells its connection, too: another's statement with the own parameter is another's rows.
      const query = client.query<{ n: number, of: number }>(`select $1::integer as n, ${index} as of, length($2::text) as length`, [n, 'x'.repeat(bytes)])
      const outcome = await query.then(({ rows: [row] }) => row?.n === n && row.of === index ? 'own' : 'another', () => 'failed') as keyof Score
      score[outcome]++
    }
  }))
  for (const client of clients) await client.end()
  return score
}
