import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import findMyWay from 'find-my-way'
import { lineOf } from './fields.ts'
import type { Policy } from './policy.ts'
import { asField } from './present.ts'
import { normalHost, pickQuery, splitTarget, uriTag } from './uri.ts'

/** RFC 9110 §9.2.1, and others that are registered as safe. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY'])

/** Whether requests with a method may change something: RFC 9111 §4.4 counts methods among them that nobody knows. */
export function isUnsafe (method: string): boolean {
  return !SAFE.has(method)
}

/** Finds the routes whose stored replies an URI is about, so that others cost no command. */
export class CachedRoutes {
  readonly #router: ReturnType<typeof findMyWay>
  readonly #policies = new Map<string, Policy[]>()

  constructor ({ initialConfig }: FastifyInstance) {
    const given = { ...initialConfig, ...initialConfig.routerOptions }
    const { ignoreTrailingSlash = false, ignoreDuplicateSlashes = false, caseSensitive = true, maxParamLength = 100, allowUnsafeRegex = false } = given
    this.#router = findMyWay({ ignoreTrailingSlash, ignoreDuplicateSlashes, caseSensitive, maxParamLength, allowUnsafeRegex })
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

  /** Tags of what may be stored of an URI: none where no cached route has it. */
  tags (scheme: string, host: string, target: string): string[] {
    const { path, query } = splitTarget(target)
    const policies = (this.#router.find('GET', path)?.store ?? []) as Policy[]
    return policies.map(policy => uriTag({ scheme, host, path, query: pickQuery(query, policy.query) }))
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
