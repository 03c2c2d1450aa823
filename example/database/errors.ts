import createError from '@fastify/error'
import pg from 'pg'

/** The database could not be asked. Its client may try again soon. */
export class DatabaseUnavailableError extends createError('FST_EXAMPLE_DATABASE_UNAVAILABLE', 'the database cannot be reached', 503) {
  /** Whether the statement was on its way: whether it ran then is not known. */
  readonly mayHaveRun: boolean

  constructor (mayHaveRun: boolean) {
    super()
    this.mayHaveRun = mayHaveRun
  }
}

// Appendix A of PostgreSQL's manual: connection, authorization, no such database, out of connections, shut down or starting.
const OF_THE_SERVER = /^(08|28|3D|53|57P)/

/** Whether the server, not the query, is what failed. Whatever is no answer of PostgreSQL's says so. */
export function isUnavailable (error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || OF_THE_SERVER.test(String(error.code))
}
