import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { addCache, addClient, addDatabase, addPresence, addQueue, addResponseCache } from './figures.ts'
import { Readings } from './readings.ts'

/** The figures of every plugin and of the database in the text format of Prometheus. They name no user and no key; keep the route from the public nevertheless. */
const metrics: FastifyPluginAsyncTypebox = async fastify => {
  const { upstash, cache, responseCache, presence, queue, database } = fastify
  const readings = new Readings()
  if (upstash !== null) addClient(readings, upstash)
  addCache(readings, cache)
  addResponseCache(readings, responseCache)
  addPresence(readings, presence)
  addQueue(readings, queue)
  addDatabase(readings, database)

  const Text = Type.String({ description: 'The exposition format of Prometheus' })
  fastify.get('/', { schema: { produces: ['text/plain'], response: { 200: Text } } }, async (_request, reply) => {
    reply.type(readings.registry.contentType)
    return await readings.registry.metrics()
  })
}

export default metrics
