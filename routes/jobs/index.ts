import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answerJob, jobReplies } from './answer.ts'
import { Headers } from './schema.ts'

const KINDS = ['reminders', 'scheduled-reports', 'exports']

/** Work that can wait. Where there is no queue for it, its client is told so, and what to do. */
const jobs: FastifyPluginAsyncTypebox = async fastify => {
  const schema = { headers: Headers, body: Type.Record(Type.String(), Type.Unknown()), response: jobReplies }
  // A path each, so that another kind is a path that is not there.
  for (const kind of KINDS) {
    fastify.post(`/${kind}`, { schema }, async (request, reply) => {
      return await answerJob(reply, fastify.queue.add(kind, request.body, { jobId: request.headers['idempotency-key'] }))
    })
  }
}

export default jobs
