import type { ResponseCacheStats } from './interface.ts'

/** See {@link ResponseCacheStats}. */
export class Counters implements ResponseCacheStats {
  hits = 0
  stale = 0
  misses = 0
  collapsed = 0
  bypassed = 0
  revalidated = 0
  staleIfError = 0
  stored = 0
  setCookie = 0
  tooLarge = 0
  incomplete = 0
  background = 0
  backgroundErrors = 0
  invalidated = 0
}
