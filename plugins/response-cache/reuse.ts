import { CacheControl } from './cache-control.ts'
import { ageOf, type StoredReply } from './stored-reply.ts'

/** What a request allows: RFC 9111 §5.2.1. */
export interface Wishes {
  readonly noCache: boolean
  readonly noStore: boolean
  readonly onlyIfCached: boolean
  /** Seconds. */
  readonly maxAge: number | undefined
  readonly maxStale: number | undefined
  readonly minFresh: number | undefined
  readonly authorized: boolean
}

const NO_WISHES: Wishes = { noCache: false, noStore: false, onlyIfCached: false, maxAge: undefined, maxStale: undefined, minFresh: undefined, authorized: false }

export function wishesOf ({ 'cache-control': field, pragma, authorization }: { 'cache-control'?: string | undefined, pragma?: string | undefined, authorization?: string | undefined }): Wishes {
  if (field === undefined && pragma === undefined && authorization === undefined) return NO_WISHES
  const control = new CacheControl(field)
  return {
    // §5.4: Pragma counts only where there is no Cache-Control.
    noCache: control.has('no-cache') || (field === undefined && /(?:^|,)\s*no-cache\s*(?:,|$)/i.test(pragma ?? '')),
    noStore: control.has('no-store'),
    onlyIfCached: control.has('only-if-cached'),
    maxAge: control.seconds('max-age'),
    maxStale: control.seconds('max-stale'),
    minFresh: control.seconds('min-fresh'),
    authorized: authorization !== undefined
  }
}

export type Reuse =
  /** `background`: it is to be loaded anew meanwhile. */
  | { readonly serve: true, readonly ttl: number, readonly background: boolean }
  /** Why the handler has to run, in the words of RFC 9211 §2.2. */
  | { readonly serve: false, readonly why: 'stale' | 'request', readonly ttl: number }

/** Whether a stored reply may answer a request as it is: RFC 9111 §4. */
export function reuse (reply: StoredReply, wishes: Wishes, now: number): Reuse {
  const age = ageOf(reply, now)
  const ttl = reply.lifetime - age
  const forward = (why: 'stale' | 'request'): Reuse => ({ serve: false, why, ttl })
  // §3.5 for what answers as well: a reply that nobody declared shared was not made for who shows credentials.
  if (wishes.authorized && !reply.shared) return forward('request')
  if (reply.alwaysValidate) return forward('stale')
  if (wishes.noCache) return forward('request')
  if (wishes.maxAge !== undefined && age > wishes.maxAge) return forward(ttl > 0 ? 'request' : 'stale')
  if (ttl > 0) return wishes.minFresh !== undefined && ttl < wishes.minFresh ? forward('request') : { serve: true, ttl, background: false }
  // §4.2.4.
  if (reply.mustRevalidate || wishes.minFresh !== undefined) return forward('stale')
  if (wishes.maxStale !== undefined && -ttl <= wishes.maxStale) return { serve: true, ttl, background: false }
  return -ttl < reply.staleWhileRevalidate ? { serve: true, ttl, background: true } : forward('stale')
}

/** Whether it may stand in for an error of the handler: RFC 5861 §4. What forbids that has left no time for it. */
export function mayStandIn (reply: StoredReply, now: number): boolean {
  return reply.staleIfError > 0 && ageOf(reply, now) - reply.lifetime < reply.staleIfError
}
