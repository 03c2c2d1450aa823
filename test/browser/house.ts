import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../scripts/free-port.ts'

const TOKEN = 'browser-test'

/** The built app with a database and a Redis of its own, each in a process, on free ports of this machine. */
export class House {
  readonly address: string
  readonly #port: number
  readonly #local: ChildProcess
  readonly #redis: string
  readonly #database: string
  #app: ChildProcess | undefined

  private constructor (port: number, local: ChildProcess, redis: string, database: string) {
    this.address = `http://127.0.0.1:${port}`
    this.#port = port
    this.#local = local
    this.#redis = redis
    this.#database = database
  }

  static async open (): Promise<House> {
    const local = start(process.execPath, ['dist/local/bin.js', '--port', '0', '--control-port', '0', '--token', TOKEN], {})
    const redis = (await line(local, /^UPSTASH_REDIS_REST_URL=/)).split('=')[1] ?? ''
    const house = new House(await freePort(), local, redis, await mkdtemp(join(tmpdir(), 'browser-')))
    await house.startApp()
    return house
  }

  /** On the same port and with the same secret and data each time. */
  async startApp (environment: Record<string, string> = {}): Promise<void> {
    this.#app = start('fastify', ['start', '-l', 'info', '-g', '5000', '-a', '127.0.0.1', '--options', '-p', String(this.#port), 'dist/app.js'], {
      UPSTASH_REDIS_REST_URL: this.#redis,
      UPSTASH_REDIS_REST_TOKEN: TOKEN,
      COOKIE_SECRET: 'of the browser tests, and long enough',
      DATABASE_FOLDER: this.#database,
      ...environment
    })
    await line(this.#app, /Server listening/)
  }

  async stopApp (): Promise<void> {
    await stop(this.#app)
    this.#app = undefined
  }

  async close (): Promise<void> {
    await this.stopApp()
    await stop(this.#local)
    await rm(this.#database, { recursive: true })
  }
}

function start (command: string, args: string[], env: Record<string, string>): ChildProcess {
  return spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
}

/** The first line that matches. Rejects where the process ends without one. */
async function line (child: ChildProcess, pattern: RegExp): Promise<string> {
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  return await new Promise((resolve, reject) => {
    lines.on('line', text => { if (pattern.test(text)) resolve(text) })
    lines.on('close', () => reject(new Error('the process ended before it was ready')))
    child.on('error', reject)
  })
}

async function stop (child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'close')
}
