import type { IncomingHttpHeaders } from 'node:http'
import type { Call } from './call.ts'
import { BadReplyError, CommandError, OverQuotaError, RateLimitedError, ServerError, UnauthorizedError } from './errors.ts'
import type { Reply, Result } from './interface.ts'
import type { HttpReply } from './transport.ts'

/** The longest that a Retry-After is obeyed, in seconds: a proxy's mistaken date must not cut Redis off for a day. */
const MAX_RETRY_AFTER = 3_600

/** Levels of lists in a reply: more than any command has, and far from where reading them would run out of stack. */
const MAX_LEVELS = 128

/** Reads a reply into one outcome a command. Throws where the request failed as a whole. */
export function readReply (call: Call, http: HttpReply): Result[] {
  const { status, headers } = http
  refuseStatus(call.toString(), status, headers)
  const json = parse(http.body)
  if (status >= 500 && isRecord(json)) throw new ServerError(call.toString(), status)
  // One error for all: a single command's, an aborted transaction's, that of a body which was too large or not understood.
  if (status < 500 && isRecord(json) && typeof json['error'] === 'string') throw refusal(call, call.toString(), json['error'])
  const outcomes = call.path === '/' ? [json] : json
  if (status !== 200 || !Array.isArray(outcomes) || outcomes.length !== call.commands.length) throw new BadReplyError(call.toString(), status, headers)
  return outcomes.map((outcome, index) => readOutcome(call, http, outcome, index))
}

/** Throws for the statuses that say all by themselves. */
export function refuseStatus (call: string, status: number, headers: IncomingHttpHeaders): void {
  if (status === 401 || status === 403) throw new UnauthorizedError(call, status)
  if (status === 429) throw new RateLimitedError(call, retryAfter(headers['retry-after']))
}

function readOutcome (call: Call, { status, headers }: HttpReply, outcome: unknown, index: number): Result {
  if (isRecord(outcome) && typeof outcome['error'] === 'string') {
    const error = refusal(call, call.toString(index), outcome['error'])
    if (error instanceof CommandError) return { ok: false, error }
    throw error
  }
  const value = isRecord(outcome) ? decode(outcome['result']) : undefined
  if (value === undefined) throw new BadReplyError(call.toString(), status, headers)
  return { ok: true, value }
}

function refusal (call: Call, command: string, text: string): Error {
  // Upstash has no status of its own for these two everywhere; their texts are documented.
  if (/max (daily |monthly )?requests? limit exceeded/i.test(text)) return new OverQuotaError(call.toString())
  if (text.startsWith('WRONGPASS')) return new UnauthorizedError(call.toString(), 400)
  return new CommandError(command, text)
}

/** Strings come as base64, except the plain `OK`, which no base64 can be (its length is no multiple of 4). Undefined: no reply. */
function decode (value: unknown, level = 0): Reply | undefined {
  if (value === null) return value
  // JSON has numbers that are none of JavaScript's.
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'string') return value === 'OK' ? value : decodeString(value)
  if (!Array.isArray(value) || level === MAX_LEVELS) return undefined
  const items: Reply[] = []
  for (const item of value) {
    const decoded = decode(item, level + 1)
    if (decoded === undefined) return undefined
    items.push(decoded)
  }
  return items
}

function decodeString (base64: string): string | undefined {
  const bytes = Buffer.from(base64, 'base64')
  // Buffer skips what is no base64; the length then tells that something was skipped.
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return bytes.length === base64.length / 4 * 3 - padding ? bytes.toString() : undefined
}

function parse (body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined // The parser's error quotes the body, so it goes no further.
  }
}

/** Seconds from a Retry-After header in either form (RFC 9110 §10.2.3). */
function retryAfter (header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER)
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
