import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { BadRequestError } from './bad-request.ts'
import type { Format } from './encoding.ts'
import { readTarget } from './target.ts'

/** Throws a 401 unless the token came as a bearer token or as the `_token` parameter. */
export function authorize (headers: IncomingHttpHeaders, target: string, token: string): void {
  const [, bearer] = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '') ?? []
  const given = bearer ?? readTarget(target).query.get('_token') ?? ''
  if (!timingSafeEqual(digest(given), digest(token))) throw new BadRequestError('WRONGPASS invalid or missing auth token', 401)
}

/** The format that the headers ask for. Throws a 400 for one that is unknown, and for resp2 with base64. */
export function requestedFormat (headers: IncomingHttpHeaders): Format {
  const base64 = headers['upstash-encoding'] === 'base64'
  const format = headers['upstash-response-format'] ?? 'json'
  if (format === 'json') return base64 ? 'base64' : 'json'
  if (format !== 'resp2') throw new BadRequestError('ERR unsupported response format, use json or resp2')
  if (base64) throw new BadRequestError('ERR base64 encoding is not permitted with the resp2 response format')
  return 'resp2'
}

/** A token that no reply had before. Clients send it back to read their own writes; here every read does. */
export function syncToken (): string {
  return randomBytes(12).toString('base64url')
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
