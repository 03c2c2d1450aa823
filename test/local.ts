import type { Test } from 'tap'
import { startLocalUpstash, type LocalOptions, type LocalUpstash } from '../local/index.ts'

/** Starts a local endpoint of its own for a test, on the backend that the run is for (`REDIS_URL`, or embedded). */
export async function startLocal (t: Test, options: LocalOptions = {}): Promise<LocalUpstash> {
  const { REDIS_URL: redisUrl } = process.env
  const local = await startLocalUpstash({ port: 0, token: 'test-token', ...(redisUrl ? { redisUrl } : {}), ...options })
  t.after(() => local.close())
  await local.flush()
  return local
}
