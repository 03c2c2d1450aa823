import { InvalidResponseCacheArgumentError } from './errors.ts'
import type { Purge } from './interface.ts'
import type { CachedRoutes } from './invalidation.ts'
import { normalHost } from './uri.ts'

/** The tags that a purge is about. JavaScript's callers may give anything. */
export function purgeTags (purge: Purge, routes: CachedRoutes, hosts: ReadonlySet<string> | undefined): readonly string[] {
  const { url, tags, ...others } = Object(purge) as { url?: unknown, tags?: unknown }
  if (Object.keys(others).length > 0 || (url === undefined) === (tags === undefined)) throw refusal('purge takes either url or tags')
  if (tags !== undefined) {
    // What else they have to be, the cache checks.
    if (!Array.isArray(tags)) throw refusal('tags of purge are an array')
    return tags as string[]
  }
  if (typeof url !== 'string') throw refusal('url of purge is a string')
  return url.startsWith('/') ? ofPath(url, routes, hosts) : ofUrl(url, routes)
}

function ofUrl (url: string, routes: CachedRoutes): string[] {
  const [, scheme = '', host = '', target = ''] = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(url) ?? []
  if (scheme === '') throw refusal('url of purge is absolute, such as https://example.com/list?page=2, or a path where the option hosts tells of which')
  return routes.tags(scheme.toLowerCase(), normalHost(host, scheme.toLowerCase()), target.startsWith('/') ? target : `/${target}`)
}

function ofPath (path: string, routes: CachedRoutes, hosts: ReadonlySet<string> | undefined): string[] {
  if (hosts === undefined) throw refusal('url of purge is absolute, unless the plugin\'s option hosts tells which hosts a path is of')
  return [...hosts].flatMap(host => ['http', 'https'].flatMap(scheme => routes.tags(scheme, normalHost(host, scheme), path)))
}

function refusal (complaint: string): InvalidResponseCacheArgumentError {
  return new InvalidResponseCacheArgumentError(complaint)
}
