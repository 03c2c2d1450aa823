import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { utimes } from 'node:fs/promises'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'

// The commands that the README names, as a newcomer runs them: through npm, ended by Ctrl-C.

interface Reply { status: number, body: string, cacheStatus: string | null, servedBy: string, ms: number }

/** `npm run NAME -- ARGS` in a process group of its own, as a terminal would start it. */
class Command extends EventEmitter {
  output = ''
  readonly port: number
  #cookie = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor (name: string, port: number, env: Record<string, string> = {}, args: string[] = []) {
    super()
    this.port = port
    const none = { UPSTASH_REDIS_REST_URL: '', UPSTASH_REDIS_REST_TOKEN: '', KV_REST_API_URL: '', KV_REST_API_TOKEN: '', DATABASE_URL: '', DATABASE_FOLDER: folder, DISABLE_BACKGROUND_JOBS: '' }
    this.#child = spawn('npm', ['run', name, '--', ...args], { detached: true, env: { ...process.env, ...none, PORT: String(port), ...env } })
    this.#ended = once(this.#child, 'close')
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', chunk => { this.output += String(chunk); this.emit('output') })
    }
  }

  /** Resolves when the pattern is in the output as often as wanted. */
  async says (pattern: RegExp, times = 1): Promise<void> {
    while ((this.output.match(new RegExp(pattern, 'g'))?.length ?? 0) < times) await once(this, 'output')
  }

  /** As who has signed in, if somebody has. */
  async request (path: string, method = 'GET', body?: object): Promise<Reply> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { ...(this.#cookie && { cookie: this.#cookie }), ...(body && { 'content-type': 'application/json' }) }
    const start = performance.now()
    const reply = await fetch(`http://127.0.0.1:${this.port}${path}`, { method, ...content, headers })
    const text = await reply.text()
    const ms = performance.now() - start
    this.#cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? this.#cookie
    const cacheStatus = reply.headers.get('cache-status')
    return { status: reply.status, body: text, cacheStatus, servedBy: cacheStatus?.replace('fastify-upstash; ', '') ?? '', ms }
  }

  async answers (path: string, body: object, method = 'GET'): Promise<void> {
    const { body: text } = await this.request(path, method)
    if (text !== JSON.stringify(body)) throw new Error(`${method} ${path} answered ${text}`)
  }

  /** Asks twice, and says how much faster the second answer was. */
  async isFasterAgain (path: string): Promise<void> {
    const first = await this.request(path)
    expect('fwd=miss', first.servedBy)
    // The first answer did not wait for its value to be kept, so whoever asks within milliseconds may ask before it is.
    await delay(500)
    const second = await this.request(path)
    expect('hit', second.servedBy)
    console.log(`${path} took ${first.ms.toFixed(0)} ms, then ${second.ms.toFixed(1)} ms: ${(first.ms / second.ms).toFixed(0)} times faster`)
  }

  /** What Ctrl-C does: the signal goes to the whole group. */
  async interrupt (): Promise<void> {
    this.kill('SIGINT')
    await this.#ended
    await fetch(`http://127.0.0.1:${this.port}/health`).then(() => { throw new Error('the app is still there') }, () => {})
  }

  kill (signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid ?? 0), signal)
    } catch {} // It has ended already.
  }
}

// Not the project's own, which whoever works on it may have in use.
const folder = mkdtempSync(join(tmpdir(), 'database-'))
process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })

const alone = { status: 'ok', upstash: 'disabled', database: 'idle' }
let passed = 0
let failed = 0

await check('npm start runs the app without credentials', 'start', {}, async command => {
  await command.says(/Server listening/)
  await command.says(/are not set; serving without Redis/)
  await command.answers('/health', alone)
  await command.answers('/visits', { visits: null, upstash: 'disabled' })
  await command.says(/caching is off, since there is no Redis/)
  await command.says(/presence is local/)
  await command.says(/queue disabled/)
  await command.request('/session', 'POST', { name: 'Ann' })
  for (const path of ['/lookup/J45', '/patients', '/patients/3', '/dashboard', '/reports/visits', '/reports/prescriptions', '/reports/activity']) {
    for (let n = 0; n < 2; n++) {
      const { status, servedBy } = await command.request(path)
      expect(`${path} 200 fwd=bypass`, `${path} ${status} ${servedBy}`)
    }
  }
  for (const [method, path, status, body] of [
    ['GET', '/', 200], ['GET', '/documentation/', 200], ['GET', '/session/rights', 200], ['GET', '/presence/lobby', 200], ['GET', '/status', 200], ['GET', '/wards', 200], ['GET', '/permissions/ada', 200],
    ['PATCH', '/patients/3', 200, { phone: '3' }], ['POST', '/patients', 201, { name: 'Ann', born: '2000-02-29', phone: '' }],
    ['POST', '/reports/visits/export', 503, { month: '2026-03' }], ['POST', '/reminders', 503, { patientId: 3, on: '2026-12-01' }], ['POST', '/jobs/exports', 503, {}]
  ] as const) expect(`${method} ${path} ${status}`, `${method} ${path} ${(await command.request(path, method, body)).status}`)
  await command.answers('/health', { ...alone, database: 'connected' })
})

await check('npm start runs the app with unusable credentials', 'start', { UPSTASH_REDIS_REST_URL: 'redis://localhost' }, async command => {
  await command.says(/Server listening/)
  await command.answers('/health', alone)
})

await check('npm run demo keeps and reads data through a local endpoint', 'demo', {}, async command => {
  await command.says(/Ctrl-C ends both/)
  await command.says(/connected to Upstash/)
  await command.answers('/health', { status: 'ok', upstash: 'connected', database: 'idle' })
  await command.answers('/visits', { visits: 1, upstash: 'connected' }, 'POST')
  await command.answers('/visits', { visits: 1, upstash: 'connected' })
  for (const line of [/caching in Upstash/, /presence is shared/, /queue disabled/]) await command.says(line)
  await command.isFasterAgain('/lookup/J45')
  await command.request('/session', 'POST', { name: 'Ann' })
  // The database has started, before the dashboard's time is taken.
  expect('200', String((await command.request('/session/rights')).status))
  await command.isFasterAgain('/dashboard')
})

await check('npm run dev starts again when a file changes', 'dev', {}, async command => {
  await command.says(/Server listening/)
  await command.answers('/health', alone)
  const starts = command.output.match(/Server listening/g)?.length ?? 0
  await utimes('routes/health/index.ts', new Date(), new Date())
  await command.says(/Server listening/, starts + 1)
  await command.answers('/health', alone)
})

const origin = createServer((_request, response) => { response.setHeader('cache-control', 'max-age=60').end('of the origin') }).listen(0, '127.0.0.1')
await once(origin, 'listening')
const proxyPort = await freePort()
await check('npm run demo:proxy forwards to an origin and keeps what it may', 'demo:proxy', {}, async command => {
  await command.says(/ forwards to /)
  for (const served of [/; stored$/, /; hit;/]) {
    const { body, cacheStatus } = await command.request('/list')
    expect('of the origin', body)
    if (!served.test(String(cacheStatus))) throw new Error(`Cache-Status is ${cacheStatus}`)
  }
}, { port: proxyPort, args: ['--origin', `http://127.0.0.1:${(origin.address() as AddressInfo).port}`, '--port', String(proxyPort)] })
origin.close()
origin.closeAllConnections()

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function expect (expected: string, found: string): void {
  if (found !== expected) throw new Error(`${found} instead of ${expected}`)
}

/** Runs a command and what is to be seen of it, for two minutes at most, and ends it with Ctrl-C. */
async function check (what: string, name: string, env: Record<string, string>, body: (command: Command) => Promise<void>, { port, args }: { port?: number, args?: string[] } = {}): Promise<void> {
  const command = new Command(name, port ?? await freePort(), env, args)
  const limit = new AbortController()
  try {
    const late = delay(120_000, undefined, { signal: limit.signal }).then(() => { throw new Error('not done in two minutes') })
    await Promise.race([body(command).then(() => command.interrupt()), late])
    passed++
    console.log(`ok - ${what}, and Ctrl-C ends it`)
  } catch (error) {
    failed++
    console.log(`not ok - ${what}, and Ctrl-C ends it: ${error instanceof Error ? error.message : String(error)}\n${command.output}`)
    command.kill('SIGTERM')
  }
  limit.abort()
}
