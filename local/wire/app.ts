import { fastify, type FastifyError, type FastifyInstance } from 'fastify'
import { onlyHere } from '../only-here.ts'
import { BadRequestError } from './bad-request.ts'
import { answerError } from './encoding.ts'
import { handle } from './handler.ts'
import { sendAnswer } from './send-answer.ts'
import type { WireParts } from './wire-parts.ts'

/** Upstash's limit for a request of its free and pay-as-you-go plans. */
const BODY_LIMIT_BYTES = 10 * 1024 * 1024

/** The Upstash-like endpoint as a Fastify app. */
export function buildWire (parts: WireParts): FastifyInstance {
  const app = fastify({ logger: parts.logger, bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true, frameworkErrors: (error, _request, reply) => fail(error, reply) })

  app.addHook('onRequest', onlyHere)
  app.addHook('preClose', async () => {
    parts.pending.cancel()
    parts.streams.end(() => true)
  })
  // Whatever a client calls its body, it is bytes: curl says form-urlencoded where it means JSON or a value.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT'],
    url: '*',
    handler: (request, reply) => parts.pending.track(handle(parts, request, reply))
  })
  app.setNotFoundHandler((_request, reply) => sendAnswer(reply, answerError('ERR method not allowed', 405)))
  app.setErrorHandler((error: FastifyError, _request, reply) => fail(error, reply))
  return app

  function fail (error: FastifyError, reply: Parameters<typeof sendAnswer>[0]): unknown {
    if (error instanceof BadRequestError) return sendAnswer(reply, answerError(error.message, error.statusCode))
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return sendAnswer(reply, answerError(`ERR max request size exceeded. Limit: ${BODY_LIMIT_BYTES} bytes`, 413))
    return sendAnswer(reply, answerError(`ERR ${error.message}`, error.statusCode ?? 500))
  }
}
