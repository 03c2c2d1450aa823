import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DatabaseUnavailableError, type Query } from '../../example/database/index.ts'
import { identify } from '../../example/identity.ts'
import { keepPrivate, requires } from '../../example/protected.ts'
import { countPatients, insertPatient, listPatients, onePatient, updatePatient, type PatientRow } from '../../example/queries/patients.ts'
import { tellServed } from '../../example/served.ts'
import { Changes, Listing, NewPatient, Params, PatientReply, PatientsReply, Written } from './schema.ts'

const PAGE = 20

/** Patients of the user's workspace, from the query cache. A write invalidates the patient and the workspace's lists, which a new name may enter or leave. */
const patients: FastifyPluginAsyncTypebox = async fastify => {
  const { database } = fastify
  const cache = fastify.cache.namespace('query')
  keepPrivate(fastify)

  fastify.get('/', { onRequest: requires('patients:read'), schema: { querystring: Listing, response: { 200: PatientsReply } } }, async (request, reply) => {
    const { workspace } = identify(request)
    const { search, page } = request.query
    return await cache.getOrSet(['patients', workspace, { search, page }], async () => {
      const readAt = new Date().toISOString()
      const [patients, [counted]] = await Promise.all([
        database.query(listPatients, [workspace, search, PAGE, (page - 1) * PAGE]),
        database.query(countPatients, [workspace, search])
      ])
      const total = Number(counted?.total)
      return { patients, page, pages: Math.ceil(total / PAGE), total, readAt }
    }, { tags: [listsTag(workspace)], onServed: tellServed(reply, cache) })
  })

  fastify.get('/:id', { onRequest: requires('patients:read'), schema: { params: Params, response: { 200: PatientReply } } }, async (request, reply) => {
    const { workspace } = identify(request)
    const { id } = request.params
    const found = await cache.getOrSet(['patient', workspace, id], async () => {
      const readAt = new Date().toISOString()
      const [patient] = await database.query(onePatient, [workspace, id])
      // Undefined is not kept, so that whoever asks for any number fills no cache.
      return patient && { patient, readAt }
    }, { tags: [patientTag(id)], onServed: tellServed(reply, cache) })
    return found ?? noSuchPatient()
  })

  fastify.post('/', { onRequest: requires('patients:write'), schema: { body: NewPatient, response: { 201: Written } } }, async (request, reply) => {
    const { workspace } = identify(request)
    const { name, born, phone } = request.body
    const written = await write(insertPatient, [workspace, name, born, phone], [listsTag(workspace)])
    return reply.code(201).header('location', `/patients/${written.patient.id}`).send(written)
  })

  fastify.patch('/:id', { onRequest: requires('patients:write'), schema: { params: Params, body: Changes, response: { 200: Written } } }, async request => {
    const { workspace } = identify(request)
    const { id } = request.params
    const { name = null, born = null, phone = null } = request.body
    return await write(updatePatient, [workspace, id, name, born, phone], [patientTag(id), listsTag(workspace)])
  })

  /** Invalidates after the write, never before: what was read between the two would be kept. */
  async function write (query: Query<PatientRow>, values: unknown[], tags: string[]) {
    const [patient = noSuchPatient()] = await database.query(query, values).catch(async error => {
      if (error instanceof DatabaseUnavailableError && error.mayHaveRun) await fastify.cache.invalidateTags(...tags)
      throw error
    })
    const told = await fastify.cache.invalidateTags(...tags)
    return { patient, invalidated: { tags, seenEverywhere: told || !cache.enabled } }
  }
}

export default patients

function patientTag (id: number): string {
  return `patient:${id}`
}

function listsTag (workspace: string): string {
  return `patients:${workspace}`
}

/** Also where the patient is another workspace's: that there is one is not told. */
function noSuchPatient (): never {
  throw Object.assign(new Error('there is no such patient in your workspace'), { statusCode: 404 })
}
