import type { FastifyServerOptions } from 'fastify'
import { discreet } from './discreet.ts'

/** How the local endpoint is started. Everything has a default that suits a test. */
export interface LocalOptions {
  /** Port of the Upstash-like endpoint; 0, the default, takes any free one. */
  port?: number | undefined
  /** Port of the control endpoint; 0, the default, takes any free one. */
  controlPort?: number | undefined
  /** A loopback address or `localhost`. Default `127.0.0.1`; anything else is refused. */
  host?: string | undefined
  /** The token that clients must send. Default `local-token`. */
  token?: string | undefined
  /** A Redis to execute on, `redis://[[user]:password@]host[:port][/database]`. Default: the embedded backend. */
  redisUrl?: string | undefined
  /** Fastify's logger option for both endpoints; tokens, keys and values are left out. Default: no log. */
  logger?: FastifyServerOptions['logger'] | undefined
  /** Source of chance for faults with a probability and for jitter: numbers in [0, 1). Default `Math.random`. */
  random?: (() => number) | undefined
}

/** An option that the endpoint cannot work with; the message says which one and what to give instead. */
export class LocalOptionError extends Error {
  override name = 'LocalOptionError'
  readonly code = 'FST_LOCAL_BAD_OPTION'
}

export interface CheckedOptions {
  port: number
  controlPort: number
  host: string
  token: string
  redisUrl: URL | undefined
  logger: NonNullable<FastifyServerOptions['logger']>
  random: () => number
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** Fills in the defaults. Throws {@link LocalOptionError}. */
export function checkOptions (options: LocalOptions): CheckedOptions {
  const { port = 0, controlPort = 0, host = '127.0.0.1', token = 'local-token', redisUrl, logger = false, random = Math.random } = options
  for (const [name, value] of Object.entries({ port, controlPort })) {
    if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new LocalOptionError(`${name} must be a whole number from 0 to 65535`)
  }
  if (!LOOPBACK.test(host)) throw new LocalOptionError('host must be a loopback address, such as 127.0.0.1: the endpoint is for development and tests only')
  if (token === '') throw new LocalOptionError('token must not be empty')
  return { port, controlPort, host, token, redisUrl: redisUrl === undefined ? undefined : redisAddress(redisUrl), logger: discreet(logger), random }
}

/** The message never repeats the address, which may carry a password. */
function redisAddress (text: string): URL {
  if (!URL.canParse(text)) throw new LocalOptionError('redisUrl is not a URL: give redis://host:port')
  const url = new URL(text)
  if (url.protocol !== 'redis:' || url.hostname === '') throw new LocalOptionError('redisUrl must begin with redis:// and name a host')
  if (url.search || url.hash) throw new LocalOptionError('redisUrl must end after the database: what follows ? or # has no meaning')
  if (url.username && !url.password) throw new LocalOptionError('redisUrl names a user without a password: give redis://user:password@host, or redis://:password@host')
  if (!isDecodable(`${url.username}:${url.password}`)) throw new LocalOptionError('redisUrl has a % in its user or password that begins no escape: write it as %25')
  url.port ||= '6379'
  return url
}

function isDecodable (text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
