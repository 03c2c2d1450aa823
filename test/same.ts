/**
 * Whether two values cannot be told apart: types, order, holes, -0, and which parts are one. Stricter than
 * `isDeepStrictEqual`, to which no two invalid Dates are equal.
 */
export function same (one: unknown, other: unknown, met = new Map<unknown, unknown>()): boolean {
  if (!isObject(one) || !isObject(other)) return Object.is(one, other)
  if (met.has(one) || met.has(other)) return met.get(one) === other && met.get(other) === one
  met.set(one, other).set(other, one)
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  const [parts, others] = [partsOf(one), partsOf(other)]
  return parts.length === others.length && parts.every((part, index) => same(part, others[index], met))
}

/** Every object that can be reached from a value, each once. */
export function objectsIn (value: unknown, met = new Set<object>()): Set<object> {
  if (!isObject(value) || met.has(value)) return met
  met.add(value)
  for (const part of partsOf(value)) objectsIn(part, met)
  return met
}

function isObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function partsOf (value: object): unknown[] {
  if (value instanceof Date) return [value.getTime()]
  if (value instanceof RegExp) return [value.source, value.flags, value.lastIndex]
  if (value instanceof URL) return [value.href]
  if (value instanceof ArrayBuffer) return [Buffer.from(value).toString('hex')]
  if (ArrayBuffer.isView(value)) return [Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')]
  if (value instanceof Map) return [value.size, ...[...value].flat()]
  if (value instanceof Set) return [value.size, ...value]
  return [Array.isArray(value) ? value.length : undefined, ...Object.entries(value).flat()]
}
