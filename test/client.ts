import { EventEmitter, once } from 'node:events'
import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import type { LocalUpstash } from '../local/index.ts'
import upstashEnv from '../plugins/env/index.ts'
import upstashClient, { type UpstashClient, type UpstashClientOptions } from '../plugins/upstash-client/index.ts'
import type { Owner } from './owner.ts'

export interface LogLine { level: number, msg: string, plugin?: string, err?: { code?: string, message?: string }, [key: string]: unknown }

/** Log lines of all levels, as they come. */
export class Log extends EventEmitter {
  readonly lines: LogLine[] = []
  readonly stream = new Writable({
    write: (chunk, _encoding, done) => {
      const line: LogLine = JSON.parse(String(chunk))
      this.lines.push(line)
      this.emit('line', line)
      done()
    }
  })

  /** The messages of the client plugin that an operator sees. */
  get messages (): string[] {
    return this.lines.filter(line => line.plugin === 'upstash-client').map(line => line.msg)
  }

  /** Resolves when a line matches, also one that is there already. */
  async has (pattern: RegExp): Promise<LogLine> {
    for (;;) {
      const found = this.lines.find(line => pattern.test(line.msg))
      if (found !== undefined) return found
      await once(this, 'line')
    }
  }
}

export interface LoggedServer { app: FastifyInstance, log: Log }

export function loggedServer (t: Owner): LoggedServer {
  const log = new Log()
  const app = Fastify({ logger: { level: 'trace', stream: log.stream } })
  t.after(() => app.close())
  return { app, log }
}

export interface StartedClient extends LoggedServer { client: UpstashClient }

/** The client plugin in an app of its own, on an endpoint, with back-off fit for a test. */
export async function startClient (t: Owner, endpoint: Pick<LocalUpstash, 'url' | 'token'>, options: UpstashClientOptions = {}): Promise<StartedClient> {
  const { app, log } = loggedServer(t)
  await app.register(upstashEnv, { url: endpoint.url, token: endpoint.token, env: {} })
  await app.register(upstashClient, { backoffInitial: 5, backoffMax: 20, ...options })
  const client = app.upstash
  if (client === null) throw new Error('the client did not take its credentials')
  return { app, client, log }
}

/** The code that a promise rejects with; undefined where it does not reject. */
export async function codeOf (promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

/** The code that a promise rejects with before anything else can happen; `pending` where it does not. */
export async function codeWithinTick (promise: Promise<unknown>): Promise<string | undefined> {
  const later = new Promise<string>(resolve => setImmediate(resolve, 'pending'))
  return await Promise.race([codeOf(promise), later])
}
