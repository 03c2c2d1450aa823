import type { Cache, CacheKey } from '../plugins/cache/index.ts'

/** What is kept of a row. */
export interface Row {
  readonly id: string
  readonly version: number
}

/** Namespaces; the first is the root. */
export const SPACES = ['', 'api', 'query']

/** The rows of a game, each `<namespace>/<key>`: the same keys in all namespaces. */
export function rowsOf (keys: number): string[] {
  return SPACES.flatMap(space => Array.from({ length: keys }, (_, key) => `${space}/${key}`))
}

export function spaceOf (id: string): string {
  return id.slice(0, id.indexOf('/'))
}

/** The cache of rows of one namespace. */
export function space (cache: Cache, [id = '']: readonly string[]): Cache {
  return spaceOf(id) === '' ? cache : cache.namespace(spaceOf(id))
}

export function keyOf (id: string): CacheKey {
  return ['row', { key: id.slice(id.indexOf('/') + 1) }]
}

/** The second is that of the rows with the same key in all namespaces. */
export function tagsOf (id: string): string[] {
  return ['all', id.slice(id.indexOf('/'))]
}
