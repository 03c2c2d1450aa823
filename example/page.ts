import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import serveFiles from '@fastify/static'
import type { FastifyInstance } from 'fastify'

// All of the page is its own files: no inline script, no CDN.
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The page at `/`, whose files are in public/. */
export async function page (fastify: FastifyInstance): Promise<void> {
  await fastify.register(serveFiles, {
    root: join(projectRoot(), 'public'),
    // A route a file: all else stays a path that is not there.
    wildcard: false,
    setHeaders: reply => {
      reply.header('content-security-policy', POLICY)
      reply.header('x-content-type-options', 'nosniff')
      reply.header('referrer-policy', 'no-referrer')
    }
  })
}

/** This file runs in the sources and, compiled, a folder deeper in dist/, where tsc puts nothing of public/. */
function projectRoot (): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}
