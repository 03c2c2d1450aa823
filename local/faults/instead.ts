import type { FastifyReply } from 'fastify'
import type { Answer } from '../wire/encoding.ts'
import { answerError } from '../wire/encoding.ts'
import { sendAnswer } from '../wire/send-answer.ts'
import type { Fault } from './fault.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

/** A web page such as a load balancer gives for a server that it cannot reach. */
const BAD_GATEWAY = '<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n'

const STATUS_ERRORS = new Map([
  [401, 'WRONGPASS invalid or missing auth token'],
  [429, 'ERR too many requests'],
  [503, 'ERR service unavailable']
])

/**
 * Answers in place of Redis where the fault is of that sort, and tells whether it did.
 * @param commands how many commands the request has, when its answer would have a result for each
 */
export function answeredInstead (fault: Fault, reply: FastifyReply, commands: number | undefined): boolean {
  switch (fault.kind) {
    case 'reset':
      reply.hijack()
      reply.request.raw.socket.resetAndDestroy()
      return true
    case 'status':
      if (fault.retryAfter !== undefined) reply.header('retry-after', fault.retryAfter)
      sendAnswer(reply, answerError(STATUS_ERRORS.get(fault.status) ?? 'ERR internal error', fault.status))
      return true
    case 'html':
      reply.code(502).type('text/html').send(BAD_GATEWAY)
      return true
    case 'wrong-shape':
      reply.type('application/json').send('{"message":"all is well"}')
      return true
    case 'stall':
      reply.hijack()
      reply.raw.writeHead(200, JSON_TYPE).flushHeaders()
      return true
    case 'quota':
      sendAnswer(reply, overQuota(fault.period, commands))
      return true
    default:
      return false
  }
}

/** Known from reports of users: the daily limit of earlier free databases, the monthly one of today's. */
function overQuota (period: 'day' | 'month' = 'day', commands: number | undefined): Answer {
  const error = period === 'day'
    ? 'ERR max daily request limit exceeded. Limit: 10000, Usage: 10000. See https://upstash.com/docs/redis/troubleshooting/max_daily_request_limit for details'
    : 'ERR max requests limit exceeded. Limit: 500000, Usage: 500000. See https://upstash.com/docs/redis/troubleshooting/max_requests_limit for details'
  const answer = answerError(error, 400)
  if (commands === undefined) return answer
  return { ...answer, status: 200, body: Buffer.from(`[${new Array(commands).fill(answer.body).join(',')}]`) }
}
