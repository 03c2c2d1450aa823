import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { LocalUpstash } from '../local/index.ts'
import upstashEnv from '../plugins/env/index.ts'
import upstashClient, { type UpstashClient, type UpstashClientOptions } from '../plugins/upstash-client/index.ts'

export interface LogLine { level: number, msg: string, err?: { code?: string }, [key: string]: unknown }

/** A server that keeps its log lines of all levels. */
export function loggedServer (t: Test): { app: FastifyInstance, lines: LogLine[] } {
  const lines: LogLine[] = []
  const stream = new Writable({ write (chunk, _encoding, done) { lines.push(JSON.parse(String(chunk))); done() } })
  const app = Fastify({ logger: { level: 'trace', stream } })
  t.after(() => app.close())
  return { app, lines }
}

export interface StartedClient { app: FastifyInstance, client: UpstashClient, lines: LogLine[] }

/** The client plugin in an app of its own, on a local endpoint, with back-off fit for a test. */
export async function startClient (t: Test, local: Pick<LocalUpstash, 'url' | 'token'>, options: UpstashClientOptions = {}): Promise<StartedClient> {
  const { app, lines } = loggedServer(t)
  await app.register(upstashEnv, { url: local.url, token: local.token, env: {} })
  await app.register(upstashClient, { backoffInitial: 10, backoffMax: 40, ...options })
  await app.ready()
  const client = app.upstash
  if (client === null) throw new Error('the client did not take its credentials')
  return { app, client, lines }
}
