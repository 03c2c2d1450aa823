import { join } from 'node:path'
import autoload from '@fastify/autoload'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { database } from './example/database/index.ts'
import { documentation } from './example/documentation.ts'
import { guards } from './example/guards.ts'
import { identity } from './example/identity.ts'
import { page } from './example/page.ts'
import { problemDetails, sendProblem } from './problem-details.ts'

/** The server's own options, for `fastify start --options`. */
export const options: FastifyServerOptions = {
  // A room has up to 128 bytes, and one that is too long is to be told so.
  routerOptions: { maxParamLength: 1024 },
  // What fails before a route is found, such as a malformed URL, reaches no error handler.
  frameworkErrors: (error, _request, reply) => { sendProblem(reply, error) }
}

/** The application that `fastify start` runs: every plugin of the suite, what the example needs besides, then the routes, whose folders are their URLs. */
export default async function app (fastify: FastifyInstance, _options: object): Promise<void> {
  problemDetails(fastify)
  await guards(fastify)
  await documentation(fastify)
  await fastify.register(autoload, { dir: join(import.meta.dirname, 'plugins'), maxDepth: 1, dirNameRoutePrefix: false })
  await fastify.register(identity)
  await fastify.register(database)
  await fastify.register(page)
  await fastify.register(autoload, { dir: join(import.meta.dirname, 'routes') })
}
