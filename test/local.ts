import { startLocalUpstash, type LocalOptions, type LocalUpstash } from '../local/index.ts'
import type { Owner } from './owner.ts'

/** Starts a local endpoint of its own for a test, on the backend that the run is for (`REDIS_URL`, or embedded). */
export async function startLocal (t: Owner, options: LocalOptions = {}): Promise<LocalUpstash> {
  const { REDIS_URL: redisUrl } = process.env
  const local = await startLocalUpstash({ port: 0, token: 'test-token', ...(redisUrl ? { redisUrl } : {}), ...options })
  t.after(() => local.close())
  await local.flush()
  return local
}
