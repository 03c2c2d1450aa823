import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'
import { runTap } from './run-tap.ts'

// The tests that need a database, on a PostgreSQL server: that of POSTGRES_URL, or one of this run alone.

interface Server { readonly url: string, readonly stop: () => Promise<void> }

const { POSTGRES_URL } = process.env
const server = POSTGRES_URL === undefined ? await startServer() : { url: POSTGRES_URL, stop: async () => {} }
try {
  // Coverage is for the other run: it would miss the embedded database.
  process.exitCode = await runTap({ args: ['--disable-coverage', ...process.argv.slice(2).length > 0 ? process.argv.slice(2) : testsOfDatabases()], env: { POSTGRES_URL: server.url } })
} finally {
  await server.stop()
}

function testsOfDatabases (): string[] {
  const files = ['test/example', 'test/routes'].flatMap(folder => readdirSync(folder).map(file => join(folder, file)))
  return files.filter(file => file.endsWith('.test.ts') && readFileSync(file, 'utf8').includes('startDatabase('))
}

async function startServer (): Promise<Server> {
  const [initdb, postgres, owner] = [find('initdb'), find('postgres'), ownerOfServer()]
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  execFileSync(initdb, ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'], { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const port = await freePort()
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' }
  const child = spawn(postgres, ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])], { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'close')
  process.once('SIGINT', () => child.kill('SIGINT'))
  const stop = async () => {
    // A fast shutdown, which waits for no client.
    child.kill('SIGINT')
    await exited
    rmSync(folder, { recursive: true })
  }
  const said: string[] = []
  const ready = new Promise<boolean>(resolve => {
    createInterface({ input: child.stderr }).on('line', line => {
      if (line.includes('ready to accept connections')) resolve(true)
      else said.push(line)
    })
    exited.then(() => { resolve(false) })
  })
  if (!await ready) fail(`postgres ended before it was ready:\n${said.join('\n')}`)
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop }
}

/** Debian keeps a server's programs out of the PATH, in a folder a version. */
function find (program: string): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map(version => join(debian, version, 'bin')), ...String(process.env['PATH']).split(delimiter)]
  return folders.map(folder => join(folder, program)).find(file => existsSync(file)) ?? notInstalled()
}

/** PostgreSQL does not run as root: there it runs as the user that Debian's package makes. */
function ownerOfServer (): { uid: number, gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (what: string) => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function notInstalled (): never {
  return fail('PostgreSQL is not installed and POSTGRES_URL is not set. Install it (Debian, Ubuntu: apt-get install -y postgresql; macOS: brew install postgresql) or set POSTGRES_URL to a server on which databases may be created')
}

function fail (message: string): never {
  console.error(message)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
