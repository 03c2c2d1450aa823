import type { FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import { inTime } from '../../lib/in-time.ts'
import type { EmbeddedServer } from './embedded.ts'
import { DatabaseUnavailableError, isUnavailable } from './errors.ts'
import { migrate } from './migrate.ts'

/** A statement with its name, under which `stats` counts it. */
export interface Query<Row> {
  readonly name: string
  readonly text: string
  /** The namespace of the cache that spares it, for who compares what both count. */
  readonly cache?: string
  /** Only for the compiler: what a row has. */
  readonly row?: Row
}

/** `idle`: nothing was asked yet. */
export type DatabaseState = 'idle' | 'starting' | 'connected' | 'unreachable'

export interface QueryStats {
  /** How often it was sent. */
  sent: number
  /** What it took in all where it was answered, without the wait for a connection. */
  milliseconds: number
  /** How often PostgreSQL refused it. */
  errors: number
  /** As its query says. */
  readonly cache: string | null
}

export interface DatabaseStats {
  /** By name. */
  readonly queries: Readonly<Record<string, Readonly<QueryStats>>>
  /** Queries that failed since the database could not be reached. */
  readonly unavailable: number
  readonly connections: { readonly busy: number, readonly idle: number }
  /** Queries that wait for a connection. */
  readonly waiting: number
}

export interface DatabaseOptions {
  /** `postgres://…` of a server; default: an embedded one. */
  readonly url: string | undefined
  /** Starts the embedded server. */
  readonly embedded: () => EmbeddedServer
  /** Milliseconds for a connection. */
  readonly connectLimit: number
  /** Milliseconds after a start in vain before the next is tried. */
  readonly retryAfter: number
  /** Milliseconds that closing waits for queries, and again for the embedded server. */
  readonly closeLimit: number
  readonly log: FastifyBaseLogger
}

const CONNECTIONS = 4
/** Milliseconds for a query, and for its turn before. What takes longer is broken off, and its connection closed. */
const QUERY_LIMIT = 30_000

/** PostgreSQL by plain SQL. Connects, brings the schema up to date and says so at the first query. */
export class Database {
  #state: DatabaseState = 'idle'
  #ready: Promise<pg.Pool> | undefined
  #pool: pg.Pool | undefined
  #server: EmbeddedServer | undefined
  #retryAt = 0
  #closed = false
  readonly #options: DatabaseOptions
  readonly #queries = new Map<string, QueryStats>()
  #unavailable = 0

  constructor (options: DatabaseOptions) {
    this.#options = options
  }

  get state (): DatabaseState {
    return this.#state
  }

  /** The rows. Rejects with `DatabaseUnavailableError` where the database cannot be asked, and with PostgreSQL's error where the query is wrong. */
  async query<Row> (query: Query<Row>, values: readonly unknown[] = []): Promise<Row[]> {
    const pool = await this.#connect()
    const client = await pool.connect().catch(error => { throw this.#failed(error) })
    const figures = this.#figuresOf(query)
    figures.sent++
    const start = performance.now()
    try {
      // Unnamed on the wire: the embedded server has one session, in which names would meet.
      const { rows } = await client.query(query.text, [...values])
      client.release()
      this.#reached()
      figures.milliseconds += performance.now() - start
      return rows
    } catch (error) {
      const lost = isUnavailable(error)
      client.release(lost)
      if (lost) throw this.#failed(error, true)
      figures.errors++
      throw error
    }
  }

  stats (): DatabaseStats {
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = this.#pool ?? {}
    return {
      queries: Object.fromEntries(Array.from(this.#queries, ([name, figures]) => [name, { ...figures }])),
      unavailable: this.#unavailable,
      connections: { busy: totalCount - idleCount, idle: idleCount },
      waiting: waitingCount
    }
  }

  #figuresOf ({ name, cache }: Query<unknown>): QueryStats {
    const figures: QueryStats = this.#queries.get(name) ?? { sent: 0, milliseconds: 0, errors: 0, cache: cache ?? null }
    this.#queries.set(name, figures)
    return figures
  }

  async close (): Promise<void> {
    this.#closed = true
    await inTime(this.#options.closeLimit, Promise.resolve(this.#ready?.then(pool => pool.end()).catch(() => {})))
    await this.#server?.stop(this.#options.closeLimit)
  }

  async #connect (): Promise<pg.Pool> {
    if (this.#ready === undefined) {
      if (this.#closed || performance.now() < this.#retryAt) throw this.#failed(undefined)
      if (this.#state === 'idle') this.#state = 'starting'
      const ready = this.#ready = this.#start()
      ready.catch(() => {
        if (this.#ready === ready) this.#ready = undefined
        this.#retryAt = performance.now() + this.#options.retryAfter
      })
    }
    return await this.#ready.catch(error => { throw this.#failed(error) })
  }

  async #start (): Promise<pg.Pool> {
    try {
      return await this.#open(this.#options.url ?? await this.#startServer())
    } catch (error) {
      await this.#server?.stop(this.#options.closeLimit)
      throw error
    }
  }

  async #open (connectionString: string): Promise<pg.Pool> {
    const { url, connectLimit } = this.#options
    const pool = this.#pool = new pg.Pool({
      connectionString,
      // The embedded server has one session.
      max: url === undefined ? 1 : CONNECTIONS,
      query_timeout: QUERY_LIMIT,
      // Of the pool's: a connection that is in use is waited for longer than one that does not come about.
      connectionTimeoutMillis: QUERY_LIMIT,
      Client: class extends pg.Client {
        constructor (config?: pg.ClientConfig) {
          super({ ...config, connectionTimeoutMillis: connectLimit })
        }
      }
    })
    // A connection that breaks while nobody uses it is no failure yet: the next query opens another, or finds out. In use, its query is told.
    pool.on('error', () => {}).on('connect', client => { client.on('error', () => {}) })
    try {
      const client = await pool.connect()
      const files = await migrate(client).finally(() => { client.release() })
      if (files.length > 0) this.#options.log.info({ files }, 'the database has been brought up to date')
      // Closed meanwhile, without having waited for this.
      if (this.#closed) throw new DatabaseUnavailableError(false)
      return pool
    } catch (error) {
      await pool.end()
      throw error
    }
  }

  async #startServer (): Promise<string> {
    const server = this.#options.embedded()
    this.#server = server
    server.ended.then(() => {
      this.#server = undefined
      // The next query starts another. This pool's connections are gone.
      const lost = this.#ready
      this.#ready = undefined
      lost?.then(pool => pool.end()).catch(() => {})
    })
    return await server.url
  }

  #reached (): void {
    const before = this.#state
    this.#state = 'connected'
    if (before === 'unreachable') this.#options.log.info('the database answers again')
    else if (before === 'starting') this.#options.log.info('the database answers')
  }

  /** The error for whoever asked. Logs the change of state, once, without anything of the connection string. */
  #failed (error: unknown, mayHaveRun = false): DatabaseUnavailableError {
    this.#unavailable++
    if (this.#state !== 'unreachable' && !this.#closed) {
      this.#state = 'unreachable'
      const { code, message } = Object(error) as { code?: string, message?: string }
      const { log, url } = this.#options
      if (url === undefined) log.error({ reason: message }, 'the embedded database does not answer: routes that need it answer 503, what is cached is served on; it is started again at the next query')
      else log.error({ code }, 'the database cannot be reached: check that DATABASE_URL is a postgres:// address that leads to a running PostgreSQL; routes that need it answer 503, what is cached is served on')
    }
    return new DatabaseUnavailableError(mayHaveRun)
  }
}
