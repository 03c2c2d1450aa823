import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { LocalUpstash } from '../local/index.ts'
import type { CacheOptions } from '../plugins/cache/index.ts'
import responseCache, { type ResponseCacheOptions } from '../plugins/response-cache/index.ts'
import { startCache, startNullCache } from './cache.ts'
import { startClient, type Log } from './client.ts'
import cachePlugin from '../plugins/cache/index.ts'
import { TestClock } from './test-clock.ts'

export interface StartOptions {
  cache?: CacheOptions
  responses?: ResponseCacheOptions
}

export interface Started {
  app: FastifyInstance
  log: Log
  clock: TestClock
  local: LocalUpstash
}

/** An app with the plugin, on an endpoint of its own, by a clock that the test drives. */
export async function startResponseCache (t: Test, { cache, responses }: StartOptions = {}): Promise<Started> {
  const clock = new TestClock()
  const { app, log, local } = await startCache(t, { cache: { clock, ...cache } })
  await app.register(responseCache, { clock, ...responses })
  return { app, log, clock, local }
}

/** Another app on the same endpoint, which stands for another process. */
export async function startResponseCacheOn (t: Test, local: LocalUpstash, clock: TestClock, { cache, responses }: StartOptions = {}): Promise<FastifyInstance> {
  const { app } = await startClient(t, local, { timeLimit: 20_000 })
  await app.register(cachePlugin, { clock, ...cache })
  await app.register(responseCache, { clock, ...responses })
  return app
}

export async function startNullResponseCache (t: Test): Promise<FastifyInstance> {
  const { app } = await startNullCache(t)
  await app.register(responseCache)
  return app
}

/** What a reply says of how it was come by, without the name of the cache. */
export function statusOf ({ headers }: Pick<LightMyRequestResponse, 'headers'>): string {
  return String(headers['cache-status']).replace(/^fastify-upstash; /, '')
}
