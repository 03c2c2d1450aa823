/** Deep enough for data, and far from where a reader with less stack left than the writer would fail. */
const MAX_LEVELS = 200

/** JSON from which the same data can be read, or what stands in its way: told by kind, without names or values of the data. */
export type ExactJson =
  | { readonly json: string, readonly obstacle?: undefined }
  | { readonly obstacle: string, readonly json?: undefined }

class Obstacle extends Error {}

/** -0 is the one thing that is let through and changes: JSON holds it as 0, which equals it. A property that is undefined is left out. */
export function exactJson (data: unknown): ExactJson {
  if (data === undefined) return { obstacle: 'undefined' }
  const holders: object[] = []
  try {
    // A replacer sees what `toJSON` made of a value, and its holder, `this`, still has the value itself.
    const json = JSON.stringify(data, function (this: Record<string, unknown>, key: string, written: unknown) {
      // The first holder is none of the data: JSON puts the whole into it.
      if (holders.length === 0) holders.push(this)
      while (holders.at(-1) !== this) holders.pop()
      const obstacle = inexact(this[key], this)
      if (obstacle !== undefined) throw new Obstacle(obstacle)
      // JSON goes on into what is written, which is the next holder.
      if (typeof written === 'object' && written !== null) holders.push(written)
      if (holders.length > MAX_LEVELS + 1) throw new Obstacle(`more than ${MAX_LEVELS} levels`)
      return written
    })
    return { json }
  } catch (error) {
    // V8's own messages tell names of properties, and a getter's may tell anything.
    return { obstacle: error instanceof Obstacle ? error.message : 'a cycle, a property that throws, or more than can be written' }
  }
}

function inexact (value: unknown, holder: object): string | undefined {
  switch (typeof value) {
    // A property that is undefined reads the same when it is gone; in a list it would become null.
    case 'undefined': return Array.isArray(holder) ? 'undefined' : undefined
    case 'function': return 'a function'
    case 'symbol': return 'a symbol'
    case 'bigint': return 'a bigint'
    case 'number': return Number.isFinite(value) ? undefined : 'NaN or an infinite number'
    case 'object': return value === null ? undefined : inexactObject(value)
  }
}

function inexactObject (value: object): string | undefined {
  if (Object.getOwnPropertySymbols(value).length > 0) return 'a property whose name is a symbol'
  if (Array.isArray(value)) return Object.keys(value).length === value.length ? undefined : 'a list with holes or properties'
  // JSON has what it answers instead, and not even a look at the function.
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return 'an object with a method toJSON, such as Date'
  // Of another realm a plain object has another Object.prototype, which has no prototype either.
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return 'an instance of a class, such as Map'
}
