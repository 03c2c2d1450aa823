import type { WithDefaults } from '../../lib/options.ts'
import { MAX_TAGS } from './entry.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import type { MemoryLimits } from './interface.ts'
import { readable } from './names.ts'

/** Seconds; about 285,000 years, which is what milliseconds can count exactly. */
const MAX_TTL = Number.MAX_SAFE_INTEGER / 1000

/** Milliseconds. Takes what JavaScript callers may give, as all checks here do. */
export function checkTtl (seconds: unknown): number {
  if (typeof seconds === 'number' && seconds > 0 && seconds <= MAX_TTL) return Math.max(1, Math.round(seconds * 1000))
  throw new InvalidCacheArgumentError('ttl is a number of seconds above 0; a loader that wants nothing kept calls skip()')
}

/** Milliseconds that a timer can hold. */
export function checkMilliseconds (name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 1 && value < 2 ** 31) return Math.round(value)
  throw new InvalidCacheArgumentError(`${name} is a number of milliseconds, 1 to ${2 ** 31 - 1}`)
}

/** Milliseconds. */
export function checkSeconds (name: string, seconds: unknown): number {
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_TTL) return Math.round(seconds * 1000)
  throw new InvalidCacheArgumentError(`${name} is a number of seconds, 0 or more`)
}

export function checkCount (name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidCacheArgumentError(`${name} is a whole number, 1 or more`)
}

export function checkMemory (memory: unknown, defaults: WithDefaults<MemoryLimits>): WithDefaults<MemoryLimits> | false {
  if (memory === false) return false
  const { bytes = defaults.bytes, entries = defaults.entries, ...unknown } = Object(memory) as MemoryLimits
  if (typeof memory === 'object' && memory !== null && Object.keys(unknown).length === 0) {
    return { bytes: checkCount('memory.bytes', bytes), entries: checkCount('memory.entries', entries) }
  }
  throw new InvalidCacheArgumentError('memory is false, or an object of bytes and entries')
}

export function checkJitter (share: unknown): number {
  if (typeof share === 'number' && share >= 0 && share < 1) return share
  throw new InvalidCacheArgumentError('jitter is a share of the ttl, from 0 to less than 1')
}

export function checkBoolean (name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidCacheArgumentError(`${name} is true or false`)
}

/** Each once, in the canonical form that is part of their names in Redis. */
export function checkTags (tags: unknown): readonly string[] {
  if (!Array.isArray(tags) || tags.length > MAX_TAGS || !tags.every(isTag)) {
    throw new InvalidCacheArgumentError(`tags are an array of at most ${MAX_TAGS} strings, none of them empty, of well-formed Unicode`)
  }
  return [...new Set(tags.map(readable))]
}

function isTag (tag: unknown): tag is string {
  return typeof tag === 'string' && tag !== '' && tag.length <= 32_768 && tag.isWellFormed()
}

/** Refuses options that do not exist: one that is misspelt would do nothing in silence. */
export function checkOptions (known: ReadonlySet<string>, options: unknown): void {
  if (typeof options !== 'object' || options === null) throw new InvalidCacheArgumentError('options are an object')
  const unknown = Object.keys(options).filter(name => !known.has(name))
  if (unknown.length === 0) return
  // Arguments in the wrong order make options of a value, whose names are data.
  const named = unknown.length <= 3 && unknown.every(name => /^[A-Za-z]{1,32}$/.test(name)) ? ` ${unknown.join(', ')}` : ''
  throw new InvalidCacheArgumentError(`unknown option${named}; known here: ${[...known].join(', ')}`)
}

export function checkArray (name: string, value: unknown): void {
  if (!Array.isArray(value)) throw new InvalidCacheArgumentError(`${name} are an array`)
}

export function checkFunction (name: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidCacheArgumentError(`${name} is a function`)
}

export function checkNamespaceName (name: unknown): void {
  // No colon, so that no name and key can be read as another name and another key.
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) {
    throw new InvalidCacheArgumentError('the name of a namespace is 1 to 64 of A–Z, a–z, 0–9, _, . and -')
  }
}
