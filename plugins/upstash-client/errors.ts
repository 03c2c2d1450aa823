import type { IncomingHttpHeaders } from 'node:http'
import createError from '@fastify/error'

// Messages hold the command's name and the number of its keys, never an argument or the token: they end in logs.
// What is Redis's fault answers 503, so that a route which lets the error through tells its client to try again.

/** The call took longer than its time limit, waiting for a free socket and a retry included. */
export class TimeoutError extends createError<'FST_UPSTASH_TIMEOUT', 503, [call: string, what: string, ms: number]>(
  'FST_UPSTASH_TIMEOUT', '%s: no %s within %d ms', 503) {
  /** False where the call was still waiting for a free socket: then it was surely not applied. */
  readonly sent: boolean
  /** Whether Redis had at least half of the time; the rest was spent waiting for a free socket, which is no fault of Redis. */
  readonly conclusive: boolean

  /** `unanswered`: milliseconds since it was sent; undefined where it was not. */
  constructor (call: string, ms: number, unanswered: number | undefined) {
    super(call, unanswered === undefined ? 'free socket' : 'reply', ms)
    this.sent = unanswered !== undefined
    this.conclusive = unanswered !== undefined && unanswered >= ms / 2
  }
}

/** No connection, or it broke before the whole reply was there. Whether a write was applied is then unknown. */
export class NetworkError extends createError<'FST_UPSTASH_NETWORK', 503, [call: string, reason: string]>(
  'FST_UPSTASH_NETWORK', '%s: connection failed (%s)', 503) {}

/** The endpoint refused the token (401, 403). */
export class UnauthorizedError extends createError<'FST_UPSTASH_UNAUTHORIZED', 503, [call: string, status: number]>(
  'FST_UPSTASH_UNAUTHORIZED', '%s: the token was refused (%d); check the REST token', 503) {}

/** The endpoint asked to be left alone for a while (429). */
export class RateLimitedError extends createError<'FST_UPSTASH_RATE_LIMITED', 503, [call: string, seconds: number | 'unknown']>(
  'FST_UPSTASH_RATE_LIMITED', '%s: rate limited (429), retry after %s s', 503) {
  /** Seconds to wait, from the Retry-After header, at most an hour; undefined where it was missing. */
  readonly retryAfter: number | undefined

  constructor (call: string, retryAfter: number | undefined) {
    super(call, retryAfter ?? 'unknown')
    this.retryAfter = retryAfter
  }
}

/** The database's quota of commands is used up. */
export class OverQuotaError extends createError<'FST_UPSTASH_OVER_QUOTA', 503, [call: string]>(
  'FST_UPSTASH_OVER_QUOTA', '%s: the database is over its request quota; see the Upstash console', 503) {}

/** The endpoint failed (a status of 500 or above with Upstash's form of error). */
export class ServerError extends createError<'FST_UPSTASH_SERVER', 503, [call: string, status: number]>(
  'FST_UPSTASH_SERVER', '%s: the endpoint failed (%d)', 503) {}

/** What came back is no Upstash reply: a proxy's page, a truncated body, a redirect, another shape. */
export class BadReplyError extends createError<'FST_UPSTASH_BAD_REPLY', 503, [call: string, status: number, contentType: string]>(
  'FST_UPSTASH_BAD_REPLY', '%s: no Upstash reply (status %d, %s); check the URL and what stands in between', 503) {
  constructor (call: string, status: number, headers: IncomingHttpHeaders) {
    super(call, status, mediaType(headers['content-type']))
  }
}

/** Those of proxies and their pages. Any other text may be one that the endpoint repeats from the request. */
function mediaType (contentType: unknown): string {
  if (contentType === undefined) return 'no content type'
  return /^(application\/(json|problem\+json|xml)|text\/(html|plain|xml|event-stream))(?=;|$)/.exec(String(contentType))?.[0] ?? 'another content type'
}

/** The reply was larger than `maxReplyBytes`; it was not read to its end. */
export class ReplyTooLargeError extends createError<'FST_UPSTASH_REPLY_TOO_LARGE', 500, [call: string, bytes: number]>(
  'FST_UPSTASH_REPLY_TOO_LARGE', '%s: the reply is larger than maxReplyBytes (%d)', 500) {}

/** The circuit breaker is not closed: nothing was sent. */
export class CircuitOpenError extends createError<'FST_UPSTASH_CIRCUIT_OPEN', 503, [call: string]>(
  'FST_UPSTASH_CIRCUIT_OPEN', '%s: not sent, since Redis failed before and has not answered a probe yet', 503) {}

/** The client is closed: nothing was sent, or the call was cut off by the shut-down. */
export class ClientClosedError extends createError<'FST_UPSTASH_CLOSED', 503, [call: string]>(
  'FST_UPSTASH_CLOSED', '%s: the client is closed', 503) {}

/** The caller's mistake: a command without a name, an argument that JSON cannot carry exactly. Nothing was sent. */
export class InvalidCommandError extends createError<'FST_UPSTASH_INVALID_COMMAND', 500, [call: string, complaint: string]>(
  'FST_UPSTASH_INVALID_COMMAND', '%s: %s', 500) {}

/** Redis refused this one command; the connection is fine. */
export class CommandError extends createError<'FST_UPSTASH_COMMAND', 500, [call: string, redisCode: string]>(
  'FST_UPSTASH_COMMAND', '%s: Redis answered %s', 500) {
  /** First word of Redis's answer: `WRONGTYPE`, `NOSCRIPT`, …; `ERR` where that is not of 1 to 32 capitals. */
  readonly redisCode: string
  /** All that Redis answered. May repeat arguments, hence not enumerable: loggers pass it by. */
  declare readonly reply: string

  constructor (call: string, reply: string) {
    // Longer than any of Redis's, a word is text, which no message repeats.
    const redisCode = /^[A-Z]{1,32}(?= |$)/.exec(reply)?.[0] ?? 'ERR'
    super(call, redisCode)
    this.redisCode = redisCode
    Object.defineProperty(this, 'reply', { value: reply, enumerable: false })
  }
}

/** With `required: true`: Redis is not configured or does not answer. Thrown at boot. */
export class RequiredError extends createError<'FST_UPSTASH_REQUIRED', 500, [reason: string, options?: ErrorOptions]>(
  'FST_UPSTASH_REQUIRED', 'Redis is required: %s', 500) {}

/** What a call on `fastify.upstash` can reject with; `code` tells them apart. */
export type UpstashError =
  | TimeoutError | NetworkError | UnauthorizedError | RateLimitedError | OverQuotaError | ServerError | BadReplyError
  | ReplyTooLargeError | CircuitOpenError | ClientClosedError | InvalidCommandError | CommandError

type Kind<Code extends string> = Code extends `FST_UPSTASH_${infer Rest}` ? Lowercase<Rest> : never

/** The code of an error without its prefix, in lower case: what `stats().errors` counts by; the caller's own mistakes are not counted. */
export type ErrorKind = Exclude<Kind<UpstashError['code']>, 'invalid_command'>

/** The kind of what a call rejected with; undefined for what is no error of this package. */
export function errorKind (error: unknown): ErrorKind | undefined {
  const code = String((error as { code?: unknown } | null)?.code)
  return /^FST_UPSTASH_(\w+)$/.exec(code)?.[1]?.toLowerCase() as ErrorKind | undefined
}
