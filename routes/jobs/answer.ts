import type { FastifyReply } from 'fastify'
import type { AddResult } from '../../plugins/queue-stub/index.ts'
import { sendProblem } from '../../problem-details.ts'
import { Accepted, JobProblem } from './schema.ts'

/** The replies of every route that adds a job. */
export const jobReplies = { 202: Accepted, 413: JobProblem, 422: JobProblem, 503: JobProblem }

type NotAccepted = Exclude<AddResult, { accepted: true }>

/** What a client is told to do. `retryAfter` is in seconds; nobody switches a queue on within minutes, so nobody need ask sooner. */
const ANSWERS = {
  disabled: { status: 503, retryAfter: 3600, retry: 'later', detail: 'Background jobs are disabled here, so the job was not accepted. Do not repeat it by machine: once they are switched on it can be sent again, which is not worth a try before Retry-After. Everything else goes on.' },
  unavailable: { status: 503, retryAfter: 5, retry: 'soon', detail: 'The queue is full or closing, so the job was not accepted: send it again after Retry-After, with the same Idempotency-Key.' },
  unknown: { status: 503, retryAfter: 5, retry: 'soon', detail: 'Whether the job was accepted is not known: send it again after Retry-After, with the same Idempotency-Key.' },
  too_large: { status: 413, retryAfter: undefined, retry: 'never', detail: 'A job carries at most 256 KB of JSON.' },
  unsupported_option: { status: 422, retryAfter: undefined, retry: 'never', detail: 'The queue cannot run the job as asked.' }
} as const

/** Answers what became of a job: 202 where it was accepted, else a problem that says what its client is to do. */
export async function answerJob (reply: FastifyReply, adding: Promise<AddResult>): Promise<FastifyReply> {
  try {
    const result = await adding
    if (result.accepted === true) return await reply.code(202).send(result)
    return refuse(reply, result)
  } catch (error) {
    const { code, message } = Object(error) as { code?: unknown, message?: unknown }
    if (code !== 'FST_QUEUE_INVALID_DATA') throw error
    // The app's mistake elsewhere, but here the data is the client's, such as 1e999 or a thousand levels.
    return sendProblem(reply, { status: 422, code, message }, { reason: 'invalid_data', retry: 'never' })
  }
}

function refuse (reply: FastifyReply, result: NotAccepted): FastifyReply {
  const reason = result.accepted === 'unknown' ? 'unknown' : result.reason
  const { status, retryAfter, retry, detail } = ANSWERS[reason]
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  return sendProblem(reply, { status, code: `FST_QUEUE_${reason.toUpperCase()}` }, { detail, reason, retry, jobId: result.jobId })
}
