import { setTimeout as delay } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { Agent, interceptors, request } from 'undici'

// As users get it: compiled.
const built = (file: string): string => new URL(`../../dist/${file}`, import.meta.url).href
const { cache, responseCache, upstashClient, upstashEnv } = await import(built('index.js')) as typeof import('../../index.ts')
const { buildProxy } = await import(built('example/proxy/index.js')) as typeof import('../../example/proxy/index.ts')

/** Where contestants find what else they need. */
export interface Surroundings {
  /** A Fastify app that is another process: what a proxy is in front of. */
  readonly origin: string
  readonly endpoint: { readonly url: string, readonly token: string }
}

/** Of a body of 1 KB. */
const TEXT = JSON.stringify({ rows: Array.from({ length: 16 }, (_, row) => ({ row, text: 'x'.repeat(40) })) }).padEnd(1024)
const MAX_AGE = 3600
/** Milliseconds. */
const SLOW = 300

/** By name: how an app is made that answers `/` with 1 KB, `/slow?…` after 300 ms, and `/runs` with how often the latter's handler ran. */
export const contestants: Readonly<Record<string, (surroundings: Surroundings) => FastifyInstance>> = {
  'Fastify alone': bare,
  'fastify-upstash, `config.cache`, in memory alone': () => cachedBy(),
  'fastify-upstash, `config.cache`, memory before Redis': ({ endpoint }) => cachedBy(endpoint),
  'fastify-upstash, `demo:proxy` in front of Fastify': ({ origin }) => buildProxy({ origin: new URL(origin) }),
  'undici\'s cache interceptor in front of Fastify': ({ origin }) => behindUndici(origin)
}

/** What proxies are in front of. */
export function origin (): FastifyInstance {
  return withRoutes(Fastify())
}

/** Runs a handler each time, which sets the headers that a hit comes with. */
function bare (): FastifyInstance {
  const date = new Date().toUTCString()
  return withRoutes(Fastify(), undefined, reply => { reply.headers({ age: '0', 'cache-status': 'fastify-upstash; hit; ttl=3600', date }) })
}

function cachedBy (endpoint?: Surroundings['endpoint']): FastifyInstance {
  const app = Fastify()
  app.register(upstashEnv, { url: endpoint?.url, token: endpoint?.token, env: {} }).register(upstashClient).register(cache, { memoryOnly: endpoint === undefined }).register(responseCache)
  app.register(async scope => { withRoutes(scope, {}) })
  return app
}

function withRoutes (app: FastifyInstance, caching?: object, prepare: (reply: FastifyReply) => void = () => {}): FastifyInstance {
  const config = caching === undefined ? {} : { cache: caching }
  const send = (reply: FastifyReply): FastifyReply => reply.headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': `max-age=${MAX_AGE}` }).send(TEXT)
  let runs = 0
  app.get('/', { config }, (_request, reply) => {
    prepare(reply)
    send(reply)
  })
  app.get('/slow', { config }, async (_request, reply) => {
    runs++
    await delay(SLOW)
    return send(reply)
  })
  app.get('/runs', async () => ({ runs }))
  return app
}

/** The nearest that there is elsewhere: a route that asks the origin through a client that caches. */
function behindUndici (origin: string): FastifyInstance {
  const dispatcher = new Agent().compose(interceptors.cache())
  const app = Fastify()
  app.addHook('onClose', () => dispatcher.close())
  app.get('*', async ({ raw: { url } }, reply) => {
    const { statusCode, headers, body } = await request(`${origin}${url}`, { dispatcher })
    const { connection, 'keep-alive': _, 'transfer-encoding': __, ...others } = headers
    return reply.code(statusCode).headers(others).send(body)
  })
  return app
}
