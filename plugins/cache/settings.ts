import { isDeepStrictEqual } from 'node:util'
import type { WithDefaults } from '../../lib/options.ts'
import { checkBoolean, checkCount, checkFunction, checkJitter, checkMemory, checkMilliseconds, checkSeconds, checkTags, checkTtl } from './checks.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import type { LoadOptions, MemoryLimits, NamespaceOptions, ReadOptions, Served, WriteOptions } from './interface.ts'

export const READ_OPTIONS = new Set(['tags'])
export const LOOK_OPTIONS = new Set([...READ_OPTIONS, 'ask'])
export const WRITE_OPTIONS = new Set(['ttl', 'tags', 'jitter'])
const LOAD_DEFAULTS = ['timeout', 'softTimeout', 'staleWhileRevalidate', 'staleIfError', 'lock'] as const
export const LOAD_OPTIONS = new Set([...WRITE_OPTIONS, ...LOAD_DEFAULTS, 'refresh', 'onServed'])
export const NAMESPACE_OPTIONS = new Set(['ttl', 'jitter', ...LOAD_DEFAULTS, 'staleness', 'fence', 'memory', 'compressOver', 'maxEntrySize'])

/** How a value is to be kept. */
export interface Write {
  /** Milliseconds that it is kept at most, and for which it is then stale. */
  readonly ttl: number
  readonly grace: number
  readonly jitter: number
  /** In their canonical form. */
  readonly tags: readonly string[]
}

/** All times in milliseconds. */
export interface Load extends Write {
  readonly timeout: number
  readonly softTimeout: number | undefined
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  readonly lock: boolean
  readonly refresh: boolean
  readonly onServed: ((served: Served) => void) | undefined
}

const DEFAULTS: WithDefaults<Omit<NamespaceOptions, 'softTimeout' | 'memory'>> = {
  ttl: 300,
  jitter: 0.05,
  timeout: 60_000,
  staleWhileRevalidate: 0,
  staleIfError: 60,
  lock: false,
  staleness: 5,
  fence: true,
  compressOver: 4_096,
  maxEntrySize: 1_048_576
}

const MEMORY: WithDefaults<MemoryLimits> = { bytes: 64 * 1_048_576, entries: 10_000 }

/** The options of a namespace, checked, and what they make of a call's. All times in milliseconds. */
export class NamespaceSettings {
  readonly staleness: number
  readonly fence: boolean
  readonly memory: WithDefaults<MemoryLimits> | false
  readonly compressOver: number
  readonly maxEntrySize: number
  /** What a call does that gives no options. */
  readonly load: Load
  readonly #given: NamespaceOptions

  constructor (given: NamespaceOptions) {
    this.#given = { ...DEFAULTS, softTimeout: undefined, memory: MEMORY, ...withoutUndefined(given) }
    const all = { ...DEFAULTS, ...withoutUndefined(given) }
    this.staleness = checkSeconds('staleness', all.staleness)
    this.fence = checkBoolean('fence', all.fence)
    this.memory = all.memory === undefined ? MEMORY : checkMemory(all.memory, MEMORY)
    this.compressOver = checkCount('compressOver', all.compressOver)
    this.maxEntrySize = checkCount('maxEntrySize', all.maxEntrySize)
    const { ttl, jitter, timeout, softTimeout, staleWhileRevalidate, staleIfError, lock } = all
    const nothing: Load = { ttl: 0, grace: 0, jitter: 0, tags: [], timeout: 0, softTimeout: undefined, staleWhileRevalidate: 0, staleIfError: 0, lock: false, refresh: false, onServed: undefined }
    this.load = merge(nothing, { ttl, jitter, timeout, softTimeout, staleWhileRevalidate, staleIfError, lock })
  }

  /** Whether options ask for something else than these. */
  differ (options: NamespaceOptions): boolean {
    return Object.entries(withoutUndefined(options)).some(([name, value]) => !isDeepStrictEqual(value, this.#given[name as keyof NamespaceOptions]))
  }

  tags ({ tags }: ReadOptions): readonly string[] {
    return tags === undefined ? this.load.tags : checkTags(tags)
  }

  write (options: WriteOptions): Write {
    return merge(this.load, options)
  }

  loadWith (options: LoadOptions): Load {
    return merge(this.load, options)
  }
}

/** What a call's options change of its namespace's. */
function merge (load: Load, { ttl, jitter, tags, timeout, softTimeout, staleWhileRevalidate, staleIfError, lock, refresh, onServed }: LoadOptions): Load {
  if (onServed !== undefined) checkFunction('onServed', onServed)
  const stale = staleWhileRevalidate === undefined ? load.staleWhileRevalidate : checkSeconds('staleWhileRevalidate', staleWhileRevalidate)
  const onError = staleIfError === undefined ? load.staleIfError : checkSeconds('staleIfError', staleIfError)
  const soft = softTimeout === undefined ? load.softTimeout : checkMilliseconds('softTimeout', softTimeout)
  if (softTimeout !== undefined && onError === 0) {
    throw new InvalidCacheArgumentError('softTimeout needs staleIfError: without it there is no stale value to answer with')
  }
  return {
    ttl: ttl === undefined ? load.ttl : checkTtl(ttl),
    grace: Math.max(stale, onError),
    jitter: jitter === undefined ? load.jitter : checkJitter(jitter),
    tags: tags === undefined ? load.tags : checkTags(tags),
    timeout: timeout === undefined ? load.timeout : checkMilliseconds('timeout', timeout),
    softTimeout: soft,
    staleWhileRevalidate: stale,
    staleIfError: onError,
    lock: lock === undefined ? load.lock : checkBoolean('lock', lock),
    refresh: refresh !== undefined && checkBoolean('refresh', refresh),
    onServed
  }
}

/** Not `??`: null is a mistake. */
function withoutUndefined<T extends object> (options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
