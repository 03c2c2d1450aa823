import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'

/** An error as its client sees it (RFC 9457). */
export interface ProblemDetails {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  /** What went wrong this time. Missing where it could tell of the server's inside. */
  readonly detail?: string
  /** The error's code, such as `FST_ERR_VALIDATION`. */
  readonly code?: string
}

/** Answers every error and every unknown path with problem details. */
export function problemDetails (fastify: FastifyInstance): void {
  fastify.setErrorHandler<FastifyError>((error, request, reply) => {
    if (statusOf(error) >= 500) request.log.error({ err: error }, 'the request failed')
    return sendProblem(reply, error)
  })
  fastify.setNotFoundHandler((request, reply) => {
    return sendProblem(reply, { statusCode: 404, code: 'FST_ERR_NOT_FOUND', message: `there is no ${request.method} for this path` })
  })
}

export function sendProblem (reply: FastifyReply, error: Pick<FastifyError, 'message' | 'code'> & { statusCode?: number | undefined }): FastifyReply {
  const status = statusOf(error)
  // The message of an unforeseen error was not written for clients.
  const known = status < 500 || /^FST_/.test(error.code ?? '')
  const problem: ProblemDetails = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    ...(known ? { detail: error.message, code: error.code } : {})
  }
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

function statusOf ({ statusCode = 500 }: { statusCode?: number | undefined }): number {
  return statusCode >= 400 && statusCode < 600 ? statusCode : 500
}
