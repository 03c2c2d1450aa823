import fp from 'fastify-plugin'
import type { FastifyBaseLogger } from 'fastify'
import { optionsCheck, type WithDefaults } from '../../lib/options.ts'
import { HttpUpstashClient } from './client.ts'
import { RequiredError, type UpstashError } from './errors.ts'
import type { ClientState, UpstashClient } from './interface.ts'

export {
  BadReplyError, CircuitOpenError, ClientClosedError, CommandError, InvalidCommandError, NetworkError, OverQuotaError, RateLimitedError,
  ReplyTooLargeError, RequiredError, ServerError, TimeoutError, UnauthorizedError
} from './errors.ts'
export { errorKind, type ErrorKind, type UpstashError } from './errors.ts'
export type * from './interface.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The client of the Upstash database; null where none is configured. */
    upstash: UpstashClient | null
  }
}

export interface UpstashClientOptions {
  /** Fail the boot where Redis is not configured or does not answer; default false. */
  required?: boolean | undefined
  /** Milliseconds for a whole call: waiting for a socket and the retry included; default 1,000. */
  timeLimit?: number | undefined
  /** Most sockets open for commands; default 32. Each subscription has one besides. */
  connections?: number | undefined
  /** Largest reply that is read, in bytes; default 32 MiB. */
  maxReplyBytes?: number | undefined
  /** Failed calls in a row that open the circuit breaker; default 5. */
  breakerThreshold?: number | undefined
  /** Milliseconds before a lost Redis or subscription is tried again, doubled with each failure; default 500. */
  backoffInitial?: number | undefined
  /** The longest such delay, in milliseconds; default 30,000. */
  backoffMax?: number | undefined
}

const positive = { type: 'integer', minimum: 1 }

const checkOptions = optionsCheck<WithDefaults<UpstashClientOptions>>('upstash-client', {
  required: { type: 'boolean', default: false },
  // What setTimeout can hold.
  timeLimit: { ...positive, maximum: 2 ** 31 - 1, default: 1000 },
  connections: { ...positive, default: 32 },
  maxReplyBytes: { ...positive, default: 32 * 1024 * 1024 },
  breakerThreshold: { ...positive, default: 5 },
  backoffInitial: { ...positive, default: 500 },
  backoffMax: { ...positive, maximum: 2 ** 31 - 1, default: 30_000 }
})

/**
 * Decorates the app with `fastify.upstash`. Nothing is sent before the app listens, and nobody waits for Redis, unless
 * `required` is set.
 */
export const upstashClient = fp<UpstashClientOptions>(async (fastify, given) => {
  const options = checkOptions(given)
  const log = fastify.log.child({ plugin: 'upstash-client' })
  const { credentials } = fastify.upstashConfig
  if (credentials.status !== 'usable') {
    const reason = credentials.status === 'unusable'
      ? credentials.problem
      : 'UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are not set'
    if (options.required) throw new RequiredError(reason)
    if (credentials.status === 'unusable') log.error(`${reason}; serving without Redis`)
    else log.info(`${reason}; serving without Redis`)
    fastify.decorate('upstash', null)
    return
  }
  const client = new HttpUpstashClient({
    ...options,
    url: credentials.url,
    token: credentials.token,
    threshold: options.breakerThreshold,
    backoff: { initial: options.backoffInitial, max: options.backoffMax },
    log,
    onState: (state, error) => reportState(log, state, error)
  })
  fastify.decorate('upstash', client)
  fastify.addHook('onClose', () => client.close())
  if (options.required) await requireAnswer(client)
  else fastify.addHook('onListen', (done) => { client.ping(); done() })
}, { name: 'upstash-client', fastify: '5.x', dependencies: ['upstash-env'] })

export default upstashClient

async function requireAnswer (client: UpstashClient): Promise<void> {
  try {
    await client.send(['PING'])
  } catch (cause) {
    await client.close()
    throw new RequiredError((cause as UpstashError).message, { cause })
  }
}

function reportState (log: FastifyBaseLogger, state: ClientState, err: unknown): void {
  switch (state) {
    case 'connected': return log.info('connected to Upstash over REST')
    case 'unauthorized': return log.error({ err }, 'Upstash refuses the token; serving without Redis until it does not')
    case 'over-quota': return log.warn({ err }, 'Upstash is over its quota or limits the rate; serving without Redis meanwhile')
    default: return log.warn({ err }, 'Upstash is unreachable; serving without Redis meanwhile')
  }
}
