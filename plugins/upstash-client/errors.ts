import type { IncomingHttpHeaders } from 'node:http'
import createError from '@fastify/error'

// Messages hold the command's name and the number of its keys, never an argument or the token: they end in logs.
// What is Redis's fault answers 503, so that a route which lets the error through tells its client to try again.

/** The call took longer than its time limit, waiting for a free socket and a retry included. */
export const TimeoutError = createError<'FST_UPSTASH_TIMEOUT', [call: string, ms: number]>(
  'FST_UPSTASH_TIMEOUT', '%s: no reply within %d ms', 503)

/** No connection, or it broke before the whole reply was there. Whether a write was applied is then unknown. */
export const NetworkError = createError<'FST_UPSTASH_NETWORK', [call: string, reason: string, options?: ErrorOptions]>(
  'FST_UPSTASH_NETWORK', '%s: connection failed (%s)', 503)

/** The endpoint refused the token (401, 403). */
export const UnauthorizedError = createError<'FST_UPSTASH_UNAUTHORIZED', [call: string, status: number]>(
  'FST_UPSTASH_UNAUTHORIZED', '%s: the token was refused (%d); check UPSTASH_REDIS_REST_TOKEN', 503)

/** The database's quota of commands is used up. */
export const OverQuotaError = createError<'FST_UPSTASH_OVER_QUOTA', [call: string]>(
  'FST_UPSTASH_OVER_QUOTA', '%s: the database is over its request quota; see the Upstash console', 503)

/** The endpoint failed (a status of 500 or above with Upstash's form of error). */
export const ServerError = createError<'FST_UPSTASH_SERVER', [call: string, status: number]>(
  'FST_UPSTASH_SERVER', '%s: the endpoint failed (%d)', 503)

/** What came back is no Upstash reply: a proxy's page, a truncated body, a redirect, another shape. */
export const BadReplyError = createError<'FST_UPSTASH_BAD_REPLY', [call: string, what: string]>(
  'FST_UPSTASH_BAD_REPLY', '%s: no Upstash reply (%s); check the URL and what stands in between', 503)

export function badReply (call: string, status: number, headers: IncomingHttpHeaders): InstanceType<typeof BadReplyError> {
  return new BadReplyError(call, `status ${status}, ${headers['content-type'] ?? 'no content type'}`)
}

/** The reply was larger than `maxReplyBytes`; it was not read to its end. */
export const ReplyTooLargeError = createError<'FST_UPSTASH_REPLY_TOO_LARGE', [call: string, bytes: number]>(
  'FST_UPSTASH_REPLY_TOO_LARGE', '%s: the reply is larger than maxReplyBytes (%d)', 500)

/** The circuit breaker is not closed: nothing was sent. */
export const CircuitOpenError = createError<'FST_UPSTASH_CIRCUIT_OPEN', [call: string]>(
  'FST_UPSTASH_CIRCUIT_OPEN', '%s: not sent, since Redis failed before and has not answered a probe yet', 503)

/** The client is closed: nothing was sent, or the call was cut off by the shut-down. */
export const ClientClosedError = createError<'FST_UPSTASH_CLOSED', [call: string]>(
  'FST_UPSTASH_CLOSED', '%s: the client is closed', 503)

/** The caller's mistake: a command without a name, an argument that JSON cannot carry exactly. Nothing was sent. */
export const InvalidCommandError = createError<'FST_UPSTASH_INVALID_COMMAND', [call: string, complaint: string]>(
  'FST_UPSTASH_INVALID_COMMAND', '%s: %s')

/** With `required: true`: Redis is not configured or does not answer. Thrown at boot. */
export const RequiredError = createError<'FST_UPSTASH_REQUIRED', [reason: string, options?: ErrorOptions]>(
  'FST_UPSTASH_REQUIRED', 'Redis is required: %s')

/** The endpoint asked to be left alone for a while (429). */
export class RateLimitedError extends createError<'FST_UPSTASH_RATE_LIMITED', [call: string, seconds: number | 'unknown']>(
  'FST_UPSTASH_RATE_LIMITED', '%s: rate limited (429), retry after %s s', 503) {
  /** Seconds to wait, from the Retry-After header; undefined where it was missing. */
  readonly retryAfter: number | undefined

  constructor (call: string, retryAfter: number | undefined) {
    super(call, retryAfter ?? 'unknown')
    this.retryAfter = retryAfter
  }
}

/** Redis refused this one command; the connection is fine. */
export class CommandError extends createError<'FST_UPSTASH_COMMAND', [call: string, redisCode: string]>(
  'FST_UPSTASH_COMMAND', '%s: Redis answered %s') {
  /** First word of Redis's answer: `WRONGTYPE`, `NOSCRIPT`, `ERR`, … */
  readonly redisCode: string
  /** All that Redis answered. May repeat arguments, hence not enumerable: loggers pass it by. */
  declare readonly reply: string

  constructor (call: string, reply: string) {
    const redisCode = /^[A-Z]+(?= |$)/.exec(reply)?.[0] ?? 'ERR'
    super(call, redisCode)
    this.redisCode = redisCode
    Object.defineProperty(this, 'reply', { value: reply, enumerable: false })
  }
}

/** What a call on `fastify.upstash` can reject with; `code` tells them apart. */
export type UpstashError = InstanceType<
  | typeof TimeoutError | typeof NetworkError | typeof UnauthorizedError | typeof RateLimitedError | typeof OverQuotaError
  | typeof ServerError | typeof BadReplyError | typeof ReplyTooLargeError | typeof CircuitOpenError | typeof ClientClosedError
  | typeof InvalidCommandError | typeof CommandError
>

type Kind<Code extends string> = Code extends `FST_UPSTASH_${infer Rest}` ? Lowercase<Rest> : never

/** The code of an error without its prefix, in lower case: what `stats().errors` counts by; the caller's own mistakes are not counted. */
export type ErrorKind = Exclude<Kind<UpstashError['code']>, 'invalid_command'>

export function errorKind (error: unknown): ErrorKind | undefined {
  const { code } = error as { code?: unknown }
  return /^FST_UPSTASH_(\w+)$/.exec(String(code))?.[1]?.toLowerCase() as ErrorKind | undefined
}
