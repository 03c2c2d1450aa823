import { inspect } from 'node:util'
import { InvalidRouteCacheError } from './errors.ts'
import type { RouteCacheOptions } from './interface.ts'
import type { PickedQuery } from './uri.ts'

/** `config.cache` of a route, checked, with its defaults. */
export interface Policy {
  readonly ttl: number | undefined
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  readonly tags: RouteCacheOptions['tags'] | undefined
  /** In lower case. */
  readonly vary: readonly string[]
  readonly user: RouteCacheOptions['user'] | undefined
  readonly query: PickedQuery | undefined
  readonly ignoresCookies: boolean
  /** What tells the route from others of the same path, such as that of another Accept-Version; empty where there is nothing. */
  readonly constraints: string
}

/** A route as it is added. */
export interface AddedRoute {
  readonly method: string
  readonly url: string
  readonly cache: unknown
  readonly constraints: object | undefined
  readonly queryMark: RegExp
}

const OPTIONS: Record<keyof RouteCacheOptions, true> = { ttl: true, staleWhileRevalidate: true, staleIfError: true, tags: true, vary: true, user: true, query: true, cookies: true }
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** What the machine's timers and Redis can hold, far beyond what is of use. */
const MOST_SECONDS = 10 * 365 * 86_400

/** Undefined for a route that is not cached. Throws for one whose options cannot be: JavaScript's may be anything. */
export function policyOf ({ method, url, cache, constraints = {}, queryMark }: AddedRoute): Policy | undefined {
  if (cache === undefined || cache === false) return undefined
  const given: unknown = cache === true ? {} : cache
  const refuse = (complaint: string): never => { throw new InvalidRouteCacheError(method, url, complaint) }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return refuse('give an object of options, true or false')
  const unknown = Object.keys(given).filter(name => !Object.hasOwn(OPTIONS, name))
  if (unknown.length > 0) return refuse(`unknown option ${unknown.join(', ')}; known: ${Object.keys(OPTIONS).join(', ')}`)
  const { ttl, staleWhileRevalidate, staleIfError, tags, vary, user, query, cookies } = given as Record<keyof RouteCacheOptions, unknown>
  const checkSeconds = (name: string, value: unknown, least: string, isEnough: (seconds: number) => boolean) => {
    return typeof value === 'number' && isEnough(value) && value <= MOST_SECONDS ? value : refuse(`${name} is a number of seconds, ${least}`)
  }
  const grace = (name: string, value: unknown) => value === undefined ? 0 : checkSeconds(name, value, '0 or more', seconds => seconds >= 0)
  const checkNames = (name: string, value: unknown, isName: (name: unknown) => boolean, what: string): string[] => {
    return Array.isArray(value) && value.every(isName) ? value as string[] : refuse(`${name} is an array of ${what}`)
  }
  const checkFunction = <T>(name: string, value: T) => value === undefined || typeof value === 'function' ? value : refuse(`${name} is a function of the request`)
  if (cookies !== undefined && cookies !== 'ignored') return refuse('cookies is \'ignored\', or left out')
  return {
    ttl: ttl === undefined ? undefined : checkSeconds('ttl', ttl, 'above 0', seconds => seconds > 0),
    staleWhileRevalidate: grace('staleWhileRevalidate', staleWhileRevalidate),
    staleIfError: grace('staleIfError', staleIfError),
    tags: checkFunction('tags', tags) as Policy['tags'],
    vary: vary === undefined ? [] : checkNames('vary', vary, name => typeof name === 'string' && FIELD_NAME.test(name), 'names of request fields; * is none').map(name => name.toLowerCase()),
    user: checkFunction('user', user) as Policy['user'],
    query: query === undefined ? undefined : { names: checkNames('query', query, name => typeof name === 'string', 'names of query parameters'), mark: queryMark },
    ignoresCookies: cookies === 'ignored',
    constraints: constraintsText(constraints)
  }
}

/** The host is part of the key anyway. */
function constraintsText (constraints: object): string {
  const others = Object.entries(constraints).filter(([name]) => name !== 'host').sort()
  // Of expressions and objects too.
  return others.length === 0 ? '' : inspect(others, { depth: null, maxArrayLength: null, maxStringLength: null, breakLength: Infinity })
}
