import type { Failure } from './breaker.ts'
import { RateLimitedError, TimeoutError, errorKind } from './errors.ts'
import type { ClientState } from './interface.ts'

/** How an error speaks against the endpoint; undefined where the endpoint did answer, or was not asked. */
export function failureOf (error: unknown): Failure | undefined {
  // A burst of this process's own may have more calls than its sockets can carry in time.
  if (error instanceof TimeoutError && !error.conclusive) return undefined
  if (error instanceof RateLimitedError) return { decisive: error.retryAfter !== undefined, retryAfter: error.retryAfter }
  switch (errorKind(error)) {
    case 'timeout': case 'network': case 'server': case 'bad_reply': return { decisive: false }
    case 'unauthorized': case 'over_quota': return { decisive: true }
  }
}

/** Whether the endpoint did its part. */
export function isAnswer (error: unknown): boolean {
  const kind = errorKind(error)
  return kind === 'command' || kind === 'reply_too_large'
}

/** The state that a failure leaves the client in. */
export function stateOf (error: unknown): ClientState {
  switch (errorKind(error)) {
    case 'unauthorized': return 'unauthorized'
    case 'over_quota': case 'rate_limited': return 'over-quota'
    default: return 'unreachable'
  }
}
