import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { identify } from '../../example/identity.ts'
import { keepPrivate, requires } from '../../example/protected.ts'
import { onePatient } from '../../example/queries/patients.ts'
import { answerJob, jobReplies } from '../jobs/answer.ts'
import { Headers } from '../jobs/schema.ts'

const body = Type.Object({
  patientId: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
  on: Type.String({ format: 'date', description: 'The day to remind of' })
}, { additionalProperties: false })

/** A reminder for a patient of the user's workspace: work for a queue, which says honestly whether it has it. */
const reminders: FastifyPluginAsyncTypebox = async fastify => {
  keepPrivate(fastify)

  fastify.post('/', { onRequest: requires('jobs:add'), schema: { headers: Headers, body, response: jobReplies } }, async (request, reply) => {
    const { workspace } = identify(request)
    const { patientId, on } = request.body
    // From the database: a job outlives a cache.
    const [patient] = await fastify.database.query({ name: 'patient to remind of', text: onePatient.text }, [workspace, patientId])
    if (patient === undefined) throw Object.assign(new Error('there is no such patient in your workspace'), { statusCode: 404 })
    return await answerJob(reply, fastify.queue.add('reminders', { workspace, patientId, on }, { jobId: request.headers['idempotency-key'] }))
  })
}

export default reminders
