import type { IncomingHttpHeaders } from 'node:http'
import { lineOf } from './fields.ts'
import { parseHttpDate } from './http-date.ts'
import { fieldOf, type StoredReply } from './stored-reply.ts'

/** The conditions of a request that a cache may evaluate, and Range: RFC 9110 §13, §14. */
export interface Conditions {
  readonly ifNoneMatch: string | undefined
  readonly ifModifiedSince: string | undefined
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

/** RFC 9110 §8.8.3: no quote in it, and a backslash is itself. */
const ENTITY_TAG = /(?:W\/)?"[^"]*"/g

const NAMES = ['if-none-match', 'if-modified-since', 'range', 'if-range'] as const

export const UNCONDITIONAL: Conditions = { ifNoneMatch: undefined, ifModifiedSince: undefined, range: undefined, ifRange: undefined }

export function conditionsOf (headers: IncomingHttpHeaders): Conditions {
  const { 'if-none-match': ifNoneMatch, 'if-modified-since': ifModifiedSince, range } = headers
  if (ifNoneMatch === undefined && ifModifiedSince === undefined && range === undefined) return UNCONDITIONAL
  const ifRange = lineOf(headers['if-range'])
  return { ifNoneMatch, ifModifiedSince, range, ifRange }
}

/** If-Match and If-Unmodified-Since are for the handler to judge: RFC 9111 §4.3.2. */
export function isForHandler (headers: IncomingHttpHeaders): boolean {
  return headers['if-match'] !== undefined || headers['if-unmodified-since'] !== undefined
}

/** Makes a request ask for the whole reply, so that it can be stored, or for a 304 where what is stored still stands: §4.3.1. */
export function askForAll (request: { headers: IncomingHttpHeaders, readonly raw: { readonly headers: IncomingHttpHeaders } }, stale: StoredReply | undefined): void {
  const { headers } = request
  askForAllIn(request.raw.headers, stale)
  if (headers === request.raw.headers) return
  // A hook gave the request fields of its own, laid over those that came.
  askForAllIn(headers, stale)
  request.headers = headers
}

function askForAllIn (headers: IncomingHttpHeaders, stale: StoredReply | undefined): void {
  for (const name of NAMES) delete headers[name]
  if (stale === undefined) return
  const etag = lineOf(fieldOf(stale, 'etag'))
  const lastModified = lineOf(fieldOf(stale, 'last-modified'))
  if (etag !== undefined) headers['if-none-match'] = etag
  if (lastModified !== undefined) headers['if-modified-since'] = lastModified
}

/** Whether the client has what a reply would send: RFC 9110 §13.2.2, RFC 9111 §4.3.2. */
export function isNotModified (conditions: Conditions, { status, etag, lastModified, now }: { status: number, etag: string | undefined, lastModified: string | undefined, now: number }): boolean {
  if (status !== 200) return false
  const { ifNoneMatch, ifModifiedSince } = conditions
  if (ifNoneMatch !== undefined) return ifNoneMatch.trim() === '*' || (etag !== undefined && (ifNoneMatch.match(ENTITY_TAG) ?? []).some(tag => weakly(tag) === weakly(etag)))
  if (ifModifiedSince === undefined || lastModified === undefined) return false
  const [since, modified] = [parseHttpDate(ifModifiedSince, now), parseHttpDate(lastModified, now)]
  return since !== undefined && modified !== undefined && modified <= since
}

/** RFC 9110 §8.8.3.2: the weak comparison. */
function weakly (tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

/** Whether a 304 is about a stored reply: RFC 9111 §4.3.4. One without a validator is the answer to the only one that was asked about. */
export function confirms (fields: { etag?: string | undefined, lastModified?: string | undefined }, stored: StoredReply): boolean {
  const etag = lineOf(fieldOf(stored, 'etag'))
  if (fields.etag !== undefined) return etag !== undefined && weakly(fields.etag) === weakly(etag)
  return fields.lastModified === undefined || fields.lastModified === lineOf(fieldOf(stored, 'last-modified'))
}
