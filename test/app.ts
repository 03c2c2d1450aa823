import { join } from 'node:path'
import { build } from 'fastify-cli/helper.js'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { Log } from './client.ts'

const OURS = /^(UPSTASH_|KV_REST_API_|MAX_EVENT_LOOP_DELAY$|RATE_LIMITS$|DISABLE_BACKGROUND_JOBS$|CACHE_ADMIN_TOKEN$|COOKIE_SECRET$|DATABASE_)/

/** The example application as fastify-cli starts it, with nothing of this kind in its environment but what is given. */
export async function startApp (t: Test, env: Record<string, string> = {}): Promise<{ app: FastifyInstance, log: Log }> {
  const kept = { ...process.env }
  t.after(() => { process.env = kept })
  process.env = { ...Object.fromEntries(Object.entries(kept).filter(([name]) => !OURS.test(name))), ...env }
  const log = new Log()
  const entry = join(import.meta.dirname, '..', 'app.ts')
  // Not encapsulated, so that tests reach its decorators.
  const app: FastifyInstance = await build(['--options', '-l', 'trace', entry], { skipOverride: true }, { logger: { level: 'trace', stream: log.stream } })
  t.after(() => app.close())
  return { app, log }
}

/** The environment that leads an app to an endpoint. */
export function environment ({ url, token }: { url: string, token: string }): Record<string, string> {
  return { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token }
}
