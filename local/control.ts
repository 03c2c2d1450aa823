import { fastify, type FastifyError, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { checkFaults, FaultError } from './faults/check-fault.ts'
import type { LocalUpstash } from './local-upstash.ts'
import { onlyHere } from './only-here.ts'

type Controlled = Pick<LocalUpstash, 'stats' | 'resetStats' | 'faults' | 'flush'>

/**
 * The control endpoint: figures, faults and flushing over HTTP, for whoever runs the endpoint in another
 * process. It has a port of its own, so that it answers under every fault.
 */
export function buildControl (local: Controlled, logger: NonNullable<FastifyServerOptions['logger']>): FastifyInstance {
  const app = fastify({ logger })
  app.addHook('onRequest', onlyHere)
  // An empty body is none, whatever it is called: many clients name JSON for each request that they post.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => body === '' ? done(null) : parseJson(request, body, done))

  app.get('/stats', async () => local.stats())
  app.post('/stats/reset', async (_request, reply) => {
    local.resetStats()
    return reply.code(204).send()
  })
  app.get('/faults', async () => local.faults.current())
  app.put<{ Body: unknown }>('/faults', async request => {
    await local.faults.set(checkFaults(request.body))
    return local.faults.current()
  })
  app.post('/flush', async (_request, reply) => {
    await local.flush()
    return reply.code(204).send()
  })

  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'Not found: the paths are /stats, /stats/reset, /faults and /flush' }))
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error instanceof FaultError ? 400 : error.statusCode ?? 500
    return reply.code(status).send({ error: error.message })
  })
  return app
}
