import { CacheControl } from './cache-control.ts'
import { namesIn, type Fields } from './fields.ts'
import { explicitLifetime, initialAge, type Times } from './freshness.ts'
import type { Policy } from './policy.ts'
import type { StoredReply } from './stored-reply.ts'

/** Of which a cache knows all that concerns it: RFC 9110 §15. */
const UNDERSTOOD = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 411, 412, 414, 415, 421, 422, 429, 451])

/** Those that a policy of a route is about. An error is kept only where it says itself for how long. */
const OF_POLICY = new Set([200, 203, 204, 300, 301, 308])

/** Seconds that a reply with a validator is kept past its lifetime, to be asked about: as long as that, but within these. */
const LEAST_VALIDATABLE = 60
const MOST_VALIDATABLE = 86_400

export interface Received {
  readonly status: number
  /** All that is sent, also what hooks of the app added. */
  readonly fields: Fields
  readonly times: Times
}

export interface AskedBy {
  readonly policy: Policy
  /** Whether the request has Authorization. */
  readonly authorized: boolean
  /** `no-store` of the request, §5.2.1.5. */
  readonly noStore: boolean
}

/** Why a reply is not kept, as figures count it. */
export type Refusal = 'set-cookie' | 'not-storable'

/** What of a stored reply follows from its fields: RFC 9111 §3; or why it is not to be kept. */
export type Verdict = Refusal | Omit<StoredReply, 'fields' | 'body'> & {
  /** Seconds to keep it. */
  readonly keepFor: number
  /** Fields that are not to be kept: those of `private="…"` and `no-cache="…"`. */
  readonly without: readonly string[]
}

export function verdictOn (received: Received, { policy, authorized, noStore }: AskedBy): Verdict {
  const { status, fields, times } = received
  const control = new CacheControl(fields['cache-control'])
  const varyNames = namesIn(fields['vary'])
  // 206 and 304 are parts of a reply; 5xx is nothing to repeat.
  if (status < 200 || status > 499 || status === 206 || status === 304) return 'not-storable'
  if (noStore || varyNames.includes('*')) return 'not-storable'
  // §5.2.2.3: it counts before the no-store beside it, for who understands the status.
  if (control.has('must-understand') ? !UNDERSTOOD.has(status) : control.has('no-store')) return 'not-storable'
  if (control.isWhole('private')) return 'not-storable'
  if (fields['set-cookie'] !== undefined) return 'set-cookie'
  // §3.5. A policy's ttl is no s-maxage.
  const shared = control.has('public') || control.has('s-maxage') || control.has('must-revalidate')
  if (authorized && !shared && policy.user === undefined) return 'not-storable'
  const explicit = explicitLifetime(fields, control, times)
  const alwaysValidate = control.isWhole('no-cache')
  const lifetime = explicit ?? (alwaysValidate ? 0 : OF_POLICY.has(status) ? policy.ttl : undefined)
  if (lifetime === undefined) return 'not-storable'
  const mustRevalidate = control.has('must-revalidate') || control.has('proxy-revalidate') || control.has('s-maxage')
  const mayBeStale = !mustRevalidate && !alwaysValidate
  const staleWhileRevalidate = mayBeStale ? finite(control.seconds('stale-while-revalidate')) ?? policy.staleWhileRevalidate : 0
  const staleIfError = mayBeStale ? finite(control.seconds('stale-if-error')) ?? policy.staleIfError : 0
  const age = initialAge(fields, times)
  const validatable = validatableFor(fields, lifetime)
  const keepFor = Math.max(0, lifetime - age) + Math.max(staleWhileRevalidate, staleIfError, validatable)
  // Nothing could ever be answered with it.
  if (keepFor <= 0 || (alwaysValidate && validatable === 0)) return 'not-storable'
  return {
    status,
    at: times.came,
    initialAge: age,
    lifetime,
    staleWhileRevalidate,
    staleIfError,
    alwaysValidate,
    mustRevalidate,
    shared: shared || policy.user !== undefined,
    vary: varyNames.filter(name => !policy.vary.includes(name)),
    keepFor,
    without: [...control.fields('private'), ...control.fields('no-cache')]
  }
}

function finite (seconds: number | undefined): number | undefined {
  return seconds === Infinity ? undefined : seconds
}

function validatableFor ({ etag, 'last-modified': lastModified }: Fields, lifetime: number): number {
  if (etag === undefined && lastModified === undefined) return 0
  return Math.min(MOST_VALIDATABLE, Math.max(LEAST_VALIDATABLE, lifetime))
}
