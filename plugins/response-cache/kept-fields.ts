import { listOf, namesIn, type Fields, type FieldValue } from './fields.ts'

/** Of one connection, RFC 9110 §7.6.1 and RFC 9111 §3.1; or written anew for each reply. */
const NEVER = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization', 'proxy-connection', 'te', 'trailer',
  'transfer-encoding', 'upgrade', 'age', 'content-length', 'set-cookie', 'set-cookie2'
])

/** What is about the body and its lifetime belongs to the body as it is kept, whoever of the app added it. */
const OF_THE_BODY = new Set([
  'cache-control', 'content-encoding', 'content-language', 'content-location', 'content-type', 'date', 'etag', 'expires', 'last-modified', 'vary'
])

export interface Stages {
  /** What hooks had set before the handler ran. */
  readonly before: Fields
  /** When the handler gave its reply. */
  readonly sent: Fields
  /** After all hooks. */
  readonly final: Fields
}

/** The fields of the handler's reply. What hooks add for each request, they add to a hit as well: it is not kept. */
export function keptFields ({ before, sent, final }: Stages, without: readonly string[]): Array<[name: string, value: FieldValue]> {
  const dropped = new Set([...namesIn(final['connection']), ...without])
  const kept: Array<[string, FieldValue]> = []
  for (const name of new Set([...Object.keys(sent), ...Object.keys(final)])) {
    const value = OF_THE_BODY.has(name) ? final[name] : sent[name]
    const isOfHook = String(value) === String(before[name]) && name !== 'vary'
    if (value !== undefined && !isOfHook && !NEVER.has(name) && !dropped.has(name)) kept.push([name, value])
  }
  return kept
}

/** §3.2: what a 304 says takes the place of what was kept, but for what the bytes of the body are. */
export function updatedFields (kept: ReadonlyArray<readonly [string, FieldValue]>, update: ReadonlyArray<readonly [string, FieldValue]>): Array<readonly [string, FieldValue]> {
  const newer = update.filter(([name]) => !/^content-(?:encoding|range|length)$/.test(name))
  const names = new Set(newer.map(([name]) => name))
  return [...kept.filter(([name]) => !names.has(name)), ...newer]
}

/** The names of both, as one field. */
export function mergedVary (one: FieldValue | undefined, other: FieldValue | undefined): string {
  const names = new Map([...listOf(one), ...listOf(other)].map(name => [name.toLowerCase(), name]))
  return [...names.values()].join(', ')
}

/** Cache-Control for the user alone: what is keyed by user here is nothing for a shared cache after this one. */
export function privately (field: FieldValue | undefined): string {
  const others = listOf(field).filter(directive => !/^(?:public|private|s-maxage|proxy-revalidate)\s*(?:=|$)/i.test(directive))
  return ['private', ...others].join(', ')
}
