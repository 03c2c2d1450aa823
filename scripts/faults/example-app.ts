import { spawn } from 'node:child_process'
import type { Static } from 'typebox'
import type { BreakerState } from '../../plugins/upstash-client/index.ts'
import type { Status } from '../../routes/status/schema.ts'
import { watch, type Watched } from '../watch.ts'

/** Of the environment of whoever runs this, nothing of this kind reaches the app. */
const THEIRS = /^(UPSTASH_|KV_REST_API_|DATABASE_|DISABLE_BACKGROUND_JOBS$|CACHE_ADMIN_TOKEN$)/

const SETTINGS = {
  COOKIE_SECRET: 'the same for every app of the run, so that one sign-in is enough',
  RATE_LIMITS: 'off',
  // That two cores are busy is not the subject.
  MAX_EVENT_LOOP_DELAY: '60000'
}

/** The example application in a process of its own. */
export class ExampleApp {
  readonly url: string
  readonly #process: Watched
  readonly #lines: readonly string[]

  private constructor (url: string, process: Watched, lines: readonly string[]) {
    this.url = url
    this.#process = process
    this.#lines = lines
  }

  /** With credentials of Redis, or without. */
  static async start (databaseUrl: string, redis?: { readonly url: string, readonly token: string }): Promise<ExampleApp> {
    const credentials = redis === undefined ? {} : { UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: redis.token }
    const ours = Object.fromEntries(Object.entries(process.env).filter(([name]) => !THEIRS.test(name)))
    const child = spawn(process.execPath, ['--import', 'tsx', new URL('serve.ts', import.meta.url).pathname], {
      env: { ...ours, ...SETTINGS, DATABASE_URL: databaseUrl, ...credentials },
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const lines: string[] = []
    const watched = watch(child, line => { lines.push(line) })
    const listening = await watched.line(/Server listening at /)
    return new ExampleApp(/http:[^"]+/.exec(listening)?.[0] ?? '', watched, lines)
  }

  /** Lines of its log so far. */
  get lines (): number {
    return this.#lines.length
  }

  /** Rejects where the answer is no success. */
  async ask (path: string, { method = 'GET', cookie, body, signal }: { method?: string, cookie?: string | undefined, body?: object, signal?: AbortSignal } = {}): Promise<Response> {
    const headers = { ...cookie !== undefined && { cookie }, ...body && { 'content-type': 'application/json' } }
    const reply = await fetch(this.url + path, { method, headers, signal: signal ?? null, ...body && { body: JSON.stringify(body) } })
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`)
    return reply
  }

  /** The state of its circuit breaker; undefined without Redis. */
  async breaker (): Promise<BreakerState | undefined> {
    const { plugins } = await (await this.ask('/status')).json() as Static<typeof Status>
    return plugins['upstash-client'].stats?.breaker
  }

  async stop (): Promise<void> {
    await this.#process.stop()
  }
}
