import { InvalidDataError } from './errors.ts'

/** JSON from which the same data can be read; throws `InvalidDataError` where there is none. */
export function exactJson (data: unknown): string {
  if (data === undefined) throw new InvalidDataError('undefined')
  try {
    // A replacer sees what `toJSON` made of a value, and its holder, `this`, still has the value itself.
    return JSON.stringify(data, function (this: Record<string, unknown>, key: string, written: unknown) {
      const obstacle = inexact(this[key], this)
      if (obstacle !== undefined) throw new InvalidDataError(obstacle)
      return written
    })
  } catch (error) {
    if (error instanceof InvalidDataError) throw error
    // V8's own message tells names of properties.
    throw new InvalidDataError('a cycle, or more than can be written')
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
