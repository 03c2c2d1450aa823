import type { FastifyInstance, FastifyReply, FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { LocalUpstash } from '../local/index.ts'
import cachePlugin, { type CacheOptions } from '../plugins/cache/index.ts'
import responseCache, { type ResponseCacheOptions, type RouteCacheOptions } from '../plugins/response-cache/index.ts'
import type { UpstashClientOptions } from '../plugins/upstash-client/index.ts'
import { startCache, startNullCache } from './cache.ts'
import { startClient, type Log } from './client.ts'
import { TestClock } from './test-clock.ts'

export interface StartOptions {
  cache?: CacheOptions
  client?: UpstashClientOptions
  responses?: ResponseCacheOptions
}

export interface Started {
  app: FastifyInstance
  log: Log
  clock: TestClock
  local: LocalUpstash
}

/** An app with the plugin, on an endpoint of its own, by a clock that the test drives. */
export async function startResponseCache (t: Test, { cache, client, responses }: StartOptions = {}): Promise<Started> {
  const clock = new TestClock()
  const { app, log, local } = await startCache(t, { cache: { clock, ...cache }, ...(client && { client }) })
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

/** What a handler does about a request: the body of a reply, or something that it sends itself. */
export type Answer = (request: FastifyRequest, reply: FastifyReply) => unknown

/** A route `/r` whose handler is the test's to change, and the requests that came to it. */
export function route (app: FastifyInstance, cache: RouteCacheOptions | boolean, answer: Answer): { asked: FastifyRequest[], answer: Answer } {
  const origin = { asked: [] as FastifyRequest[], answer }
  app.get('/r', { config: { cache } }, async (request, reply) => {
    origin.asked.push(request)
    return await origin.answer(request, reply)
  })
  return origin
}

/** A handler that gives fields and a body, which counts its runs where there is none. */
export function replies (fields: Record<string, string | string[]>, { status = 200, body }: { status?: number, body?: string } = {}): Answer {
  let runs = 0
  return (_request, reply) => {
    runs++
    reply.code(status).headers(fields)
    return body ?? `run ${runs}`
  }
}

/** A request for `/r`. */
export async function get (app: FastifyInstance, headers: Record<string, string> = {}, options: InjectOptions = {}): Promise<LightMyRequestResponse> {
  return await app.inject({ url: '/r', headers, ...options })
}

/** What a reply says of how it was come by, without the name of the cache. */
export function statusOf ({ headers }: Pick<LightMyRequestResponse, 'headers'>): string {
  return String(headers['cache-status']).replace(/^.*fastify-upstash; /, '')
}

/** Whether a second request for the same was answered without the handler. */
export async function isReused (app: FastifyInstance, headers: Record<string, string> = {}): Promise<boolean> {
  return /^hit/.test(statusOf(await get(app, headers)))
}
