/** What names a resource for the cache. */
export interface Uri {
  /** `http` or `https`. */
  readonly scheme: string
  /** In lower case, with its port unless that is the scheme's. */
  readonly host: string
  /** As it was sent. */
  readonly path: string
  readonly query: string
}

/** The query parameters that count on a route. */
export interface PickedQuery {
  readonly names: readonly string[]
  /** What a query begins with. */
  readonly mark: RegExp
}

/** RFC 9110 §4.2.3: the host is of any case, and the scheme's port is as good as none. */
export function normalHost (host: string, scheme: string): string {
  const lower = host.toLowerCase()
  const port = scheme === 'https' ? ':443' : ':80'
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower
}

/**
 * Whether an URI may be one of the cache's. Node passes on whatever a client calls its host: with a slash in it, one URI's text would be that of
 * another. `hosts`: the allowed ones.
 */
export function isCacheable ({ scheme, host, path }: Uri, hosts: ReadonlySet<string> | undefined): boolean {
  return /^https?$/.test(scheme) && /^[^/?#\\@\s]*$/.test(host) && path.startsWith('/') && (hosts === undefined || hosts.has(host))
}

/** What a query begins with, unless the app's router has it otherwise. */
const QUERY_MARK = /\?/

/** Path and query of a request's target, in the form of RFC 9112 §3.2.1; some clients send the absolute one. */
export function splitTarget (target: string, queryMark: RegExp = QUERY_MARK): Pick<Uri, 'path' | 'query'> {
  const relative = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, '')
  const mark = relative.search(queryMark)
  return mark < 0 ? { path: relative, query: '' } : { path: relative.slice(0, mark), query: relative.slice(mark + 1) }
}

/** What counts of a target: all, as it was sent, unless a route picks parameters. */
export function resourceOf (target: string, picked: PickedQuery | undefined): Pick<Uri, 'path' | 'query'> {
  if (picked === undefined) return splitTarget(target)
  const { path, query } = splitTarget(target, picked.mark)
  return { path, query: pickQuery(query, picked.names) }
}

/** In the order of their names here, each name's in the order that they were sent in. */
function pickQuery (query: string, names: readonly string[]): string {
  if (query === '') return query
  const parameters = query.split('&').map(pair => ({ pair, name: decodeName(pair) }))
  return names.flatMap(name => parameters.filter(parameter => parameter.name === name).map(({ pair }) => pair)).join('&')
}

function decodeName (pair: string): string {
  const name = pair.replace(/=.*/s, '').replaceAll('+', ' ')
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

export function uriText ({ scheme, host, path, query }: Uri): string {
  return `${scheme}://${host}${path}${query === '' ? '' : `?${query}`}`
}

/** Under which all that is stored of a resource is invalidated at once. */
export function uriTag (uri: Uri): string {
  return `response-cache:${uriText(uri)}`
}
