import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { lineOf } from './fields.ts'
import type { Policy } from './policy.ts'

/** What parts the resource from the rest in a key: no URI has it. */
const SEPARATOR = '\n'

/** Names the replies to requests for a resource, of one route and user, that agree in the fields of the route's policy. */
export function baseKey (uri: string, headers: IncomingHttpHeaders, { vary, constraints }: Pick<Policy, 'vary' | 'constraints'>, user: string | number | undefined): string {
  if (vary.length === 0 && user === undefined && constraints === '') return uri
  // By its type too: the user 1 is not the user "1".
  const whose = user === undefined ? '' : digest(JSON.stringify(user))
  return `${uri}${SEPARATOR}${whose}${SEPARATOR}${vary.length === 0 ? '' : fieldsDigest(headers, vary)}${constraints}`
}

/** Of these the ones that also agree in the fields that replies turned out to vary on. */
export function variantKey (base: string, headers: IncomingHttpHeaders, vary: readonly string[]): string {
  return vary.length === 0 ? base : `${base}${SEPARATOR}v${fieldsDigest(headers, vary)}`
}

/** Hashed, since they may be secrets, and keys are read by who looks into the database. */
export function fieldsDigest (headers: IncomingHttpHeaders, names: readonly string[]): string {
  return digest(JSON.stringify(names.map(name => [name, normal(Object.hasOwn(headers, name) ? lineOf(headers[name]) : undefined)])))
}

/** RFC 9111 §4.1: blanks around commas mean nothing. A field that is missing is not one that is empty. Blanks are looked at once: clients choose them. */
function normal (line: string | undefined): string | null {
  return line === undefined ? null : line.replace(/(?<![\t ])[\t ]*,[\t ]*/g, ',')
}

function digest (text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
