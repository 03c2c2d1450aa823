/** A request target, taken apart without the changes that URL makes to it: `..` may be a key. */
export interface Target {
  /** As sent, with its escapes. */
  path: string
  query: URLSearchParams
}

export function readTarget (target: string): Target {
  const mark = target.indexOf('?')
  return mark === -1
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) }
}
