import { METHODS, type IncomingHttpHeaders } from 'node:http'
import createError from '@fastify/error'
import replyFrom from '@fastify/reply-from'
import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from 'fastify'
import cache from '../../plugins/cache/index.ts'
import upstashEnv from '../../plugins/env/index.ts'
import responseCache from '../../plugins/response-cache/index.ts'
import upstashClient from '../../plugins/upstash-client/index.ts'
import { endToEnd } from './end-to-end.ts'
import { forwardingTo, interimAgent } from './interim.ts'

export interface ProxyOptions {
  origin: URL
  /** The database that keeps replies; default: the memory of this process. */
  database?: { url: string, token: string } | undefined
  logger?: FastifyServerOptions['logger'] | undefined
}

const BadGatewayError = createError<[string]>('FST_PROXY_BAD_GATEWAY', 'The origin gave no reply: %s', 502)

/** A reverse proxy that keeps what its origin allows to be kept. */
export function buildProxy ({ origin, database, logger = false }: ProxyOptions): FastifyInstance {
  const app = fastify({ logger })
  app.register(upstashEnv, { url: database?.url, token: database?.token, env: {} })
  app.register(upstashClient)
  app.register(cache, { memoryOnly: database === undefined })
  app.register(responseCache)
  // With an agent of its own, since the one that it makes by default trusts every certificate.
  app.register(replyFrom, { base: origin.origin, undici: interimAgent(), destroyAgent: true })
  app.register(async scope => forward(scope))
  return app
}

function forward (app: FastifyInstance): void {
  // CONNECT asks for a tunnel, which is no request to the origin; Node answers it without Fastify.
  const methods = METHODS.filter(method => method !== 'CONNECT')
  // Without a body as far as Fastify is concerned, which would judge its Content-Type and read it: it goes on as it comes.
  for (const method of methods) app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  app.route({
    method: methods,
    url: '*',
    config: { cache: {} },
    handler: (request, reply) => {
      if (hasBody(request)) request.body = request.raw
      return forwardingTo(reply.raw, () => reply.from(undefined, {
        rewriteRequestHeaders,
        rewriteHeaders: endToEnd,
        // Every reply of the origin is one, a 503 with Retry-After too, which would be asked for again.
        retryDelay: () => null,
        // What went wrong between here and the origin is no fault of this server (RFC 9110, 15.6.3).
        onError: (reply, { error }) => { reply.send(new BadGatewayError(error.message)) }
      }))
    }
  })
}

/** Whether a body comes that is to be forwarded. One of GET or HEAD has no meaning (RFC 9110, 9.3.1), and stays here. */
function hasBody ({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function rewriteRequestHeaders (request: { readonly method: string, readonly raw: { httpVersion: string } }, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  // Node's server has answered Expect: 100-continue before it called the handler.
  const { expect, 'content-length': length, ...others } = endToEnd(headers)
  const isBodyless = request.method === 'GET' || request.method === 'HEAD'
  return {
    ...others,
    ...isBodyless || length === undefined ? {} : { 'content-length': length },
    // RFC 9110, 7.6.3: a proxy says that it is there.
    via: [headers.via, `${request.raw.httpVersion} fastify-upstash`].filter(Boolean).join(', ')
  }
}
