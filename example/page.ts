import { join } from 'node:path'
import serveFiles from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { projectRoot } from './project-root.ts'

/** The page at `/`, whose files are in public/. */
export async function page (fastify: FastifyInstance): Promise<void> {
  await fastify.register(serveFiles, {
    root: join(projectRoot(), 'public'),
    // A route a file: all else stays a path that is not there.
    wildcard: false
  })
}
