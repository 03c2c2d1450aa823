import { InvalidCacheKeyError } from './errors.ts'
import type { CacheKey } from './interface.ts'
import { hashed, MAX_READABLE } from './names.ts'

/** Bytes: the longest key that Upstash takes. */
const MAX_BYTES = 32 * 1024
const MAX_DEPTH = 50

/**
 * One text for each key: equal keys have equal texts, and distinct ones have distinct texts. A string is its own text, with a
 * `=` before it where it begins like something else: `[` begins a list of parts, `#` a hash.
 */
export function canonicalKey (key: CacheKey): string {
  const text = typeof key === 'string' ? canonicalString(key) : canonicalParts(key)
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES) throw tooLong()
  return bytes > MAX_READABLE ? hashed(text) : text
}

const MARKED = /^[=[#]/

/** Whether this is the canonical form of a string that is its own, and of no other key. */
export function isNamedAsIs (canonical: string): boolean {
  return !MARKED.test(canonical)
}

function canonicalString (key: string): string {
  if (!key.isWellFormed()) throw new InvalidCacheKeyError('the string is no well-formed Unicode')
  return MARKED.test(key) ? `=${key}` : key
}

function canonicalParts (key: unknown): string {
  if (!Array.isArray(key)) throw new InvalidCacheKeyError('give a string or an array of parts')
  try {
    return new PartWriter().write(key, 0)
  } catch (error) {
    // Not the text of whatever a getter threw.
    throw error instanceof InvalidCacheKeyError ? error : new InvalidCacheKeyError('a part throws when it is read')
  }
}

/** Writes parts, within bounds that also a cycle comes to. */
class PartWriter {
  /** Characters that a key of the allowed length can have besides. */
  #left = MAX_BYTES

  write (part: unknown, depth: number): string {
    if (depth > MAX_DEPTH) throw new InvalidCacheKeyError(`it has a cycle, or more than ${MAX_DEPTH} levels`)
    if (part === null || typeof part === 'boolean' || Number.isFinite(part)) return this.#spend(JSON.stringify(part))
    if (typeof part === 'string') return this.#string(part)
    if (Array.isArray(part)) return this.#array(part, depth + 1)
    if (isPlainObject(part)) return `{${this.#properties(part, depth + 1).join()}}`
    throw new InvalidCacheKeyError(`${nameOf(part)} cannot be part of it; give strings, finite numbers, booleans, null, or arrays and plain objects of them`)
  }

  #spend (text: string): string {
    this.#left -= text.length + 1
    if (this.#left < -2) throw tooLong()
    return text
  }

  #string (text: string): string {
    // Before a copy is made of it.
    if (text.length > this.#left) throw tooLong()
    return this.#spend(JSON.stringify(text))
  }

  #array (part: readonly unknown[], depth: number): string {
    this.#spend('[')
    if (Object.keys(part).length > part.length) throw new InvalidCacheKeyError('it has an array with properties')
    // Not map(), which passes over holes.
    return `[${Array.from({ length: part.length }, (_, index) => this.write(part[index], depth)).join()}]`
  }

  /** A property that is undefined is as good as missing, which optional filters rely on. */
  #properties (part: Record<string, unknown>, depth: number): string[] {
    this.#spend('{')
    if (Object.getOwnPropertySymbols(part).length > 0) throw new InvalidCacheKeyError('it has a property whose name is a symbol')
    const names = Object.keys(part)
    if (names.length > this.#left) throw tooLong()
    return names.sort()
      .map((name): [string, unknown] => [name, part[name]])
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${this.#string(name)}:${this.write(value, depth)}`)
  }
}

function tooLong (): InvalidCacheKeyError {
  return new InvalidCacheKeyError(`it has more than ${MAX_BYTES} bytes; hash the long part yourself`)
}

/** Also an object without a prototype, of another realm, and those that Fastify makes for queries and parameters. */
function isPlainObject (part: unknown): part is Record<string, unknown> {
  if (typeof part !== 'object' || part === null) return false
  const prototype: unknown = Object.getPrototypeOf(part)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function nameOf (part: unknown): string {
  return typeof part === 'object' ? 'an instance of a class, such as Date or Map,' : String(typeof part === 'number' ? part : typeof part)
}
