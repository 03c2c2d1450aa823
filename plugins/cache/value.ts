import { parse, stringify, DevalueError } from 'devalue'
import { UnserializableError } from './errors.ts'

/** A value as text: `j` in JSON, where that is exact; `d` in devalue's format, which has JavaScript's other types. */
export interface Encoded {
  readonly format: 'j' | 'd'
  readonly text: string
}

/** Throws an {@link UnserializableError} for what would not come back as it is. */
export function encode (value: unknown): Encoded {
  try {
    return isExactJson(value, new Set()) ? { format: 'j', text: JSON.stringify(value) } : { format: 'd', text: stringify(value, reducers) }
  } catch (error) {
    throw new UnserializableError(complaint(error))
  }
}

/** A copy of the value, for one caller to do with as it likes. Throws for a text that `encode` did not make. */
export function decode ({ format, text }: Encoded): unknown {
  return format === 'j' ? JSON.parse(text) : parse(text, revivers)
}

/** Whether JSON gives back what it gets. An object met twice is left to devalue, which keeps it one object, and cycles too. */
function isExactJson (value: unknown, met: Set<object>): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  if (typeof value !== 'object' || met.has(value) || 'toJSON' in value) return false
  met.add(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Array.prototype) return allExact(value as unknown[], met)
  return prototype === Object.prototype && Object.getOwnPropertySymbols(value).length === 0 && allExact(Object.values(value), met)
}

/** A loop, since every() passes over the holes of an array. */
function allExact (values: unknown[], met: Set<object>): boolean {
  for (const value of values) if (!isExactJson(value, met)) return false
  return true
}

// By prototype: devalue goes by a value's tag, and would turn an instance of a class that extends Map into a Map.
const KNOWN = new Set<unknown>([
  Object, Array, Date, Map, Set, RegExp, URL, URLSearchParams, ArrayBuffer, DataView, Buffer, Int8Array, Uint8Array, Uint8ClampedArray,
  Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array
].map(type => type.prototype)).add(null)

class ForeignClass extends Error {}

const reducers = {
  Foreign (value: unknown): false {
    if (typeof value === 'object' && value !== null && !KNOWN.has(Object.getPrototypeOf(value))) throw new ForeignClass()
    return false
  },
  Buffer: (value: unknown) => Buffer.isBuffer(value) && new Uint8Array(value),
  // A view of a part: the rest of its memory is not the caller's to store.
  View: (value: unknown) => ArrayBuffer.isView(value) && value.byteLength < value.buffer.byteLength && detached(value)
}

const revivers = {
  Buffer: (bytes: Uint8Array) => Buffer.from(bytes.buffer),
  View: (view: ArrayBufferView) => view
}

function detached (view: ArrayBufferView): ArrayBufferView {
  if (!(view instanceof DataView)) return (view as Uint8Array).slice()
  return new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength))
}

/** What is wrong, without the value; not the error itself either, which holds it. */
function complaint (error: unknown): string {
  if (error instanceof ForeignClass) return 'the value has an instance of a class in it'
  if (error instanceof RangeError) return 'the value is nested too deeply'
  if (error instanceof DevalueError) return 'the value has a function, a symbol, a promise or a __proto__ property in it'
  return 'the value throws when it is read'
}
