import { createHash } from 'node:crypto'
import { InvalidCacheKeyError } from './errors.ts'
import type { CacheKey } from './interface.ts'

/** Bytes: the longest key that Upstash takes. */
const MAX_BYTES = 32 * 1024
/** Bytes up to which a key is kept as it is, for people who look into the database. */
const MAX_READABLE = 200
const MAX_DEPTH = 50

/**
 * One text for each key: equal keys have equal texts, and distinct ones have distinct texts. A string is its own text, with a
 * `=` before it where it begins like something else: `[` begins a list of parts, `#` a hash.
 */
export function canonicalKey (key: CacheKey): string {
  const text = typeof key === 'string' ? canonicalString(key) : canonicalParts(key)
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES) throw new InvalidCacheKeyError(`it has more than ${MAX_BYTES} bytes; hash the long part yourself`)
  return bytes > MAX_READABLE ? `#${createHash('sha256').update(text).digest('base64url')}` : text
}

function canonicalString (key: string): string {
  if (!key.isWellFormed()) throw new InvalidCacheKeyError('the string is no well-formed Unicode')
  return /^[=[#]/.test(key) ? `=${key}` : key
}

function canonicalParts (key: unknown): string {
  if (!Array.isArray(key)) throw new InvalidCacheKeyError('give a string or an array of parts')
  return new PartWriter().write(key, 0)
}

/** Writes parts, within bounds that also a cycle comes to. */
class PartWriter {
  /** How many more parts a key of the allowed length can have. */
  #left = MAX_BYTES

  write (part: unknown, depth: number): string {
    if (this.#left-- === 0 || depth > MAX_DEPTH) throw new InvalidCacheKeyError(`it has a cycle, more than ${MAX_DEPTH} levels or more than ${MAX_BYTES} bytes`)
    if (part === null || typeof part === 'boolean' || typeof part === 'string') return JSON.stringify(part)
    if (typeof part === 'number' && Number.isFinite(part)) return JSON.stringify(part)
    // Not map(), which passes over holes.
    if (Array.isArray(part)) return `[${Array.from(part, item => this.write(item, depth + 1)).join()}]`
    if (isPlainObject(part)) return `{${this.#properties(part, depth + 1).join()}}`
    throw new InvalidCacheKeyError(`${nameOf(part)} cannot be part of it; give strings, finite numbers, booleans, null, or arrays and plain objects of them`)
  }

  /** A property that is undefined is as good as missing, which optional filters rely on. */
  #properties (part: Record<string, unknown>, depth: number): string[] {
    return Object.keys(part).sort()
      .filter(name => part[name] !== undefined)
      .map(name => `${JSON.stringify(name)}:${this.write(part[name], depth)}`)
  }
}

function isPlainObject (part: unknown): part is Record<string, unknown> {
  if (typeof part !== 'object' || part === null) return false
  const prototype: unknown = Object.getPrototypeOf(part)
  return prototype === Object.prototype || prototype === null
}

function nameOf (part: unknown): string {
  return typeof part === 'object' && part !== null ? 'an instance of a class, such as Date or Map,' : String(typeof part === 'number' ? part : typeof part)
}
