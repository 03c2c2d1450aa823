import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'

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
  fastify.setErrorHandler((error, request, reply) => {
    const status = statusOf(error)
    // Whoever is unavailable logs that once, when it begins, not a line a request.
    if (status >= 500) request.log[status === 503 ? 'debug' : 'error']({ err: error }, 'the request failed')
    return sendProblem(reply, error)
  })
  fastify.setNotFoundHandler((request, reply) => {
    return sendProblem(reply, { statusCode: 404, code: 'FST_ERR_NOT_FOUND', message: `there is no ${request.method} for this path` })
  })
}

/** Takes whatever was thrown, and members of the problem's own besides, such as a `detail` that was written for clients. */
export function sendProblem (reply: FastifyReply, error: unknown, members: Record<string, unknown> = {}): FastifyReply {
  const status = statusOf(error)
  const { code, message } = Object(error) as { code?: unknown, message?: string }
  const problem: ProblemDetails = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    // The message of a server's own failure was not written for clients.
    ...(status < 500 && message !== undefined ? { detail: message } : {}),
    ...(/^FST_/.test(String(code)) ? { code: String(code) } : {})
  }
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send({ ...problem, ...members })
}

/** The error's own status where it has one, by either of the names in use. */
function statusOf (error: unknown): number {
  const { statusCode, status = statusCode } = Object(error) as { statusCode?: unknown, status?: unknown }
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}
