import type { FastifyRequest } from 'fastify'
import { InvalidResponseCacheArgumentError } from './errors.ts'
import type { CachedRequest } from './interface.ts'
import type { Policy } from './policy.ts'
import { normalHost, resourceOf, uriTag, uriText, type Uri } from './uri.ts'

/** What a request asks for, as its handler sees it: behind a trusted proxy, scheme and host are what the proxy says. */
export function uriOf (request: FastifyRequest, { query }: Policy): Uri {
  const scheme = request.protocol
  return { scheme, host: normalHost(request.host, scheme), ...resourceOf(String(request.raw.url), query) }
}

/** Whose reply it is; undefined where the route has no such key, and null where it has and this request has nobody. */
export function userOf (request: FastifyRequest, { user }: Policy): string | number | undefined | null {
  if (user === undefined) return undefined
  const whose: unknown = user(request as CachedRequest)
  if (whose === undefined || whose === null) return null
  if (typeof whose === 'string' || Number.isFinite(whose)) return whose as string | number
  throw new InvalidResponseCacheArgumentError('user of a route answers a string, a number, or undefined for nobody')
}

/** The first is the URI's own, under which unsafe methods and `purge` invalidate it. */
export function tagsOf (request: FastifyRequest, uri: Uri, { tags }: Policy): string[] {
  return [uriTag(uri), ...tags?.(request as CachedRequest) ?? []]
}

export { uriText }
