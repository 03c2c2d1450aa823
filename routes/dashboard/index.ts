import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { identify } from '../../example/identity.ts'
import { keepPrivate, requires } from '../../example/protected.ts'
import { loadPerClinician, topDiagnoses, visitsPerDay } from '../../example/queries/dashboard.ts'
import { servedHeaders, tellServed } from '../../example/served.ts'

const Count = Type.Integer()

const Dashboard = {
  ...Type.Object({
    visitsPerDay: Type.Array(Type.Object({ day: Type.String(), visits: Count }), { description: 'Of the 90 days that end with the last visit' }),
    topDiagnoses: Type.Array(Type.Object({ diagnosis: Type.String(), visits: Count, patients: Count })),
    loadPerClinician: Type.Array(Type.Object({ clinician: Type.String(), visits: Count, minutes: Count, patients: Count })),
    readAt: Type.String({ format: 'date-time', description: 'When the database was asked' })
  }),
  headers: servedHeaders
}

/**
 * Figures of the user's workspace, heavy to gather and looked at by many: gathered by one process at a time, and after 15 minutes
 * answered as they were while they are gathered anew.
 */
const dashboard: FastifyPluginAsyncTypebox = async fastify => {
  const { database } = fastify
  const cache = fastify.cache.namespace('aggregation')
  keepPrivate(fastify)

  fastify.get('/', { onRequest: requires('dashboard:read'), schema: { response: { 200: Dashboard } } }, async (request, reply) => {
    const { workspace } = identify(request)
    return await cache.getOrSet(['dashboard', workspace], async () => {
      const readAt = new Date().toISOString()
      const [perDay, diagnoses, clinicians] = await Promise.all([
        database.query(visitsPerDay, [workspace]),
        database.query(topDiagnoses, [workspace]),
        database.query(loadPerClinician, [workspace])
      ])
      return { visitsPerDay: perDay, topDiagnoses: diagnoses, loadPerClinician: clinicians, readAt }
    }, { tags: [`visits:${workspace}`], staleWhileRevalidate: 3_600, lock: true, onServed: tellServed(reply, cache) })
  })
}

export default dashboard
