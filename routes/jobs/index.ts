import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { AddResult } from '../../plugins/queue-stub/index.ts'
import { sendProblem } from '../../problem-details.ts'
import { Accepted, Headers, JobProblem, Kind } from './schema.ts'

type NotAccepted = Exclude<AddResult, { accepted: true }>

/** What a client is told. `retryAfter` is in seconds; no queue comes back within minutes by itself, so nobody need ask sooner. */
const ANSWERS = {
  disabled: { status: 503, retryAfter: 3600, detail: 'Background jobs are disabled here, so the job was not accepted. Everything else goes on.' },
  unavailable: { status: 503, retryAfter: 5, detail: 'The queue is full or closing, so the job was not accepted.' },
  unknown: { status: 503, retryAfter: 5, detail: 'Whether the job was accepted is not known: send it again with the same Idempotency-Key.' },
  too_large: { status: 413, retryAfter: undefined, detail: 'A job carries at most 256 KB of JSON.' },
  unsupported_option: { status: 422, retryAfter: undefined, detail: 'The queue cannot run the job as asked.' }
} as const

/** Work that can wait. Where there is no queue for it, its client is told so, and when to come again. */
const jobs: FastifyPluginAsyncTypebox = async fastify => {
  const schema = {
    params: Kind,
    headers: Headers,
    body: Type.Record(Type.String(), Type.Unknown()),
    response: { 202: Accepted, 413: JobProblem, 422: JobProblem, 503: JobProblem }
  }

  fastify.post('/:kind', { schema }, async (request, reply) => {
    const result = await fastify.queue.add(request.params.kind, request.body, { jobId: request.headers['idempotency-key'] })
    if (result.accepted === true) return await reply.code(202).send(result)
    return refuse(reply, result)
  })
}

export default jobs

function refuse (reply: FastifyReply, result: NotAccepted): FastifyReply {
  const { jobId } = result
  const [reason, retryable] = result.accepted === 'unknown' ? ['unknown', true] as const : [result.reason, result.retryable] as const
  const { status, retryAfter, detail } = ANSWERS[reason]
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  return sendProblem(reply, { status, code: `FST_QUEUE_${reason.toUpperCase()}` }, { detail, reason, jobId, retryable })
}
