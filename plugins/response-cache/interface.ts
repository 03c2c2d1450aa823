import type { FastifyRequest } from 'fastify'

/** A request of a cached route, as its functions get it. */
export type CachedRequest = FastifyRequest<{ Params: Record<string, string>, Querystring: Record<string, string | string[] | undefined> }>

/** How the replies of a route are cached: `config.cache`. An explicit Cache-Control of a reply beats it. */
export interface RouteCacheOptions {
  /** Seconds that a reply without explicit freshness is fresh, more than 0. Without it only replies that say for how long are kept. */
  ttl?: number | undefined
  /** Seconds after that in which the old reply is sent at once, while the handler runs in the background; default 0. RFC 5861. */
  staleWhileRevalidate?: number | undefined
  /** Seconds after that in which the old reply is sent where the handler fails; default 0. RFC 5861. */
  staleIfError?: number | undefined
  /**
   * What a reply is made of, for `purge` and `fastify.cache.invalidateTags`: at most 99 strings. From what is in the key alone: the URI, `vary`
   * and `user`. What is in memory is found by its key, with the tags of the request that it was made for.
   */
  tags? (request: CachedRequest): readonly string[]
  /** Request fields that replies depend on: part of the key, and sent as Vary. */
  vary?: readonly string[] | undefined
  /**
   * Whose reply it is: part of the key, and the reply goes out as `private`. For a request of which it answers undefined or null
   * nothing is cached. From what guards have checked, never from what a client may claim.
   */
  user? (request: CachedRequest): string | number | null | undefined
  /** The query parameters that count, in this order, by their names as they are sent; default: the query as it was sent. */
  query?: readonly string[] | undefined
  /** That replies depend on no cookie. Otherwise requests with cookies are cached only by `user`. */
  cookies?: 'ignored' | undefined
}

/** By the address of one URI, or by tags of routes. */
export type Purge = { readonly url: string, readonly tags?: undefined } | { readonly tags: readonly string[], readonly url?: undefined }

/** What the plugin does for an app beside its routes. */
export interface ResponseCache {
  /** False where there is nothing to keep replies in: then every request is passed on. */
  readonly enabled: boolean
  /**
   * Invalidates replies: all of one URI, whatever they vary on and whose they are; or all with one of these tags. `url` is absolute; a path
   * alone is of the hosts that the plugin was given. Answers whether Redis acknowledged it; where not, it is told later, and this process
   * obeys at once.
   */
  purge (purge: Purge): Promise<boolean>
  stats (): ResponseCacheStats
}

/** Figures since the start, of requests to cached routes. */
export interface ResponseCacheStats {
  /** Answered by a stored reply that was fresh. */
  readonly hits: number
  /** Answered by one that was stale, see `staleWhileRevalidate`, and `max-stale` of a request. */
  readonly stale: number
  /** For which the handler ran. */
  readonly misses: number
  /** Answered by the reply to another request that was under way. */
  readonly collapsed: number
  /** Passed on without a look into the cache. */
  readonly bypassed: number
  /** Stored replies that the handler confirmed with a 304. */
  readonly revalidated: number
  /** Errors of a handler that a stored reply stood in for. */
  readonly staleIfError: number
  /** Replies that were given to the cache to keep. */
  readonly stored: number
  /** Replies that were not kept since they set a cookie. */
  readonly setCookie: number
  /** Replies that were not kept since their body is larger than `maxEntrySize`. */
  readonly tooLarge: number
  /** Replies that ended before they were whole. */
  readonly incomplete: number
  /** Runs in the background, and of these the ones that made no new reply. */
  readonly background: number
  readonly backgroundErrors: number
  /** URIs that a request with an unsafe method invalidated. */
  readonly invalidated: number
}
