import { listOf, type FieldValue } from './fields.ts'

/** Why a request went to the handler: RFC 9211 §2.2. */
export type Forward = 'uri-miss' | 'vary-miss' | 'stale' | 'request' | 'method' | 'bypass'

/** How a reply was come by. A hit was not forwarded, so it has one of both at most. */
export interface CacheStatus {
  readonly hit?: boolean
  readonly fwd?: Forward | undefined
  /** Of the handler's reply, where another one is sent. */
  readonly fwdStatus?: number | undefined
  /** Seconds until it is stale, negative where it is. */
  readonly ttl?: number | undefined
  readonly stored?: boolean
  readonly collapsed?: boolean
  /** A token. */
  readonly detail?: string | undefined
}

/** A member of the field Cache-Status. */
export function writeCacheStatus (name: string, { hit, fwd, fwdStatus, ttl, stored, collapsed, detail }: CacheStatus): string {
  let text = name
  if (hit === true) text += '; hit'
  else if (fwd !== undefined) text += `; fwd=${fwd}`
  if (fwdStatus !== undefined) text += `; fwd-status=${fwdStatus}`
  if (ttl !== undefined) text += `; ttl=${ttl > 0 ? Math.ceil(ttl) : Math.floor(ttl)}`
  if (stored === true) text += '; stored'
  if (collapsed === true) text += '; collapsed'
  if (detail !== undefined) text += `; detail=${detail}`
  return text
}

/** The caches nearer to the origin come first: §2. */
export function appendTo (field: FieldValue | undefined, member: string): string {
  return field === undefined ? member : [...listOf(field), member].join(', ')
}
