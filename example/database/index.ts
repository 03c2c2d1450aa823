import { join } from 'node:path'
import fp from 'fastify-plugin'
import { projectRoot } from '../project-root.ts'
import { Database } from './database.ts'
import { startEmbedded } from './embedded.ts'

export { DatabaseUnavailableError } from './errors.ts'
export type { Database, DatabaseState, DatabaseStats, Query, QueryStats } from './database.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** PostgreSQL of the example application. */
    database: Database
  }
}

export interface DatabasePluginOptions {
  /** `postgres://user:password@host:port/database`; default `DATABASE_URL`, and without it an embedded server. */
  url?: string | undefined
  /** Where the embedded server keeps its data; default `DATABASE_FOLDER`, then `.database` of the project. */
  folder?: string | undefined
  /** Milliseconds for a connection; default 3,000. */
  connectLimit?: number | undefined
  /** Milliseconds after a start in vain before the next; default 1,000. */
  retryAfter?: number | undefined
  /** Milliseconds that closing waits for queries, and again for the embedded server; default 2,000. */
  closeLimit?: number | undefined
}

/** Decorates the app with `fastify.database`. Connects at the first query: the boot does not wait for it. */
export const database = fp<DatabasePluginOptions>(async (fastify, options) => {
  const { url = fromEnvironment('DATABASE_URL'), connectLimit = 3_000, retryAfter = 1_000, closeLimit = 2_000 } = options
  const folder = options.folder ?? fromEnvironment('DATABASE_FOLDER') ?? join(projectRoot(), '.database')
  const log = fastify.log.child({ plugin: 'database' })
  const database = new Database({ url, embedded: () => startEmbedded(folder), connectLimit, retryAfter, closeLimit, log })
  fastify.decorate('database', database)
  fastify.addHook('onClose', () => database.close())
  log.info(url === undefined ? 'DATABASE_URL is not set: an embedded PostgreSQL starts with the first query' : 'PostgreSQL is the server of DATABASE_URL')
}, { name: 'database', fastify: '5.x' })

export default database

/** Empty is as good as missing: a shell has no other way to take a variable back. */
function fromEnvironment (name: string): string | undefined {
  return process.env[name] || undefined
}
