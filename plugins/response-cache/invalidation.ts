import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import findMyWay from 'find-my-way'
import { lineOf } from './fields.ts'
import type { Policy } from './policy.ts'
import { asField } from './present.ts'
import { isCacheable, normalHost, resourceOf, splitTarget, uriTag } from './uri.ts'

/** RFC 9110 §9.2.1, and others that are registered as safe. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY'])

/** Whether requests with a method may change something: RFC 9111 §4.4 counts methods among them that nobody knows. */
export function isUnsafe (method: string): boolean {
  return !SAFE.has(method)
}

/** Finds the routes whose stored replies an URI is about, so that others cost no command. */
export class CachedRoutes {
  /** What a query begins with, as the app's router has it. */
  readonly queryMark: RegExp
  readonly #router: ReturnType<typeof findMyWay>
  readonly #policies = new Map<string, Policy[]>()
  readonly #hosts: ReadonlySet<string> | undefined

  constructor ({ initialConfig }: FastifyInstance, hosts: ReadonlySet<string> | undefined) {
    const given = { ...initialConfig, ...initialConfig.routerOptions }
    const { ignoreTrailingSlash = false, ignoreDuplicateSlashes = false, caseSensitive = true, maxParamLength = 100, allowUnsafeRegex = false, useSemicolonDelimiter } = given
    this.#router = findMyWay({ ignoreTrailingSlash, ignoreDuplicateSlashes, caseSensitive, maxParamLength, allowUnsafeRegex })
    this.queryMark = useSemicolonDelimiter === true ? /[?;]/ : /\?/
    this.#hosts = hosts
  }

  /** Several of one path differ in their constraints: all of them count. */
  add (url: string, policy: Policy): void {
    const there = this.#policies.get(url)
    if (there !== undefined) {
      there.push(policy)
      return
    }
    const policies = [policy]
    this.#policies.set(url, policies)
    this.#router.on('GET', url, () => {}, policies)
  }

  /** Tags of what may be stored of an URI: none where no cached route has it, or its host is none of ours. */
  tags (scheme: string, host: string, target: string): string[] {
    const policies = (this.#router.find('GET', splitTarget(target, this.queryMark).path)?.store ?? []) as Policy[]
    const uris = policies.map(({ query }) => ({ scheme, host, ...resourceOf(target, query) }))
    return uris.filter(uri => isCacheable(uri, this.#hosts)).map(uriTag)
  }
}

/** Of a request: what `protocol` and `host` tell only until its body was forwarded by undici, which takes its socket away. */
export interface Origin {
  readonly scheme: string
  readonly host: string
}

export function originOf ({ protocol, host }: FastifyRequest): Origin {
  return { scheme: protocol, host: normalHost(host, protocol) }
}

/** Tags of what a reply to an unsafe request makes void: RFC 9111 §4.4. Other origins are not this one's to say. */
export function tagsMadeVoid (routes: CachedRoutes, { scheme, host }: Origin, reply: FastifyReply): string[] {
  if (reply.statusCode < 200 || reply.statusCode > 399) return []
  const { raw: { url } } = reply.request
  const tags = routes.tags(scheme, host, String(url))
  for (const name of ['location', 'content-location']) {
    const location = lineOf(asField(reply.getHeader(name)))
    const target = location === undefined ? undefined : sameOrigin(location, `${scheme}://${host}${url}`)
    if (target !== undefined) tags.push(...routes.tags(scheme, host, target))
  }
  return [...new Set(tags)]
}

/** Path and query of a reference, where it leads to the origin of its base. */
function sameOrigin (reference: string, base: string): string | undefined {
  if (!URL.canParse(reference, base)) return undefined
  const url = new URL(reference, base)
  return url.origin === new URL(base).origin ? url.pathname + url.search : undefined
}
