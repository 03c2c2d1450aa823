import type { WithDefaults } from '../../lib/options.ts'
import { checkBoolean, checkFunction, checkJitter, checkMilliseconds, checkStaleness, checkTags, checkTtl } from './checks.ts'
import type { LoadOptions, NamespaceOptions, ReadOptions, Served, WriteOptions } from './interface.ts'

export const READ_OPTIONS = ['tags']
export const WRITE_OPTIONS = ['ttl', 'tags', 'jitter']
export const LOAD_OPTIONS = [...WRITE_OPTIONS, 'timeout', 'refresh', 'onServed']
export const NAMESPACE_OPTIONS = ['ttl', 'jitter', 'timeout', 'staleness', 'fence']

/** Seconds. */
export const DEFAULT_TTL = 300

/** How a value is to be kept. */
export interface Write {
  /** Milliseconds that it is kept at most. */
  readonly ttl: number
  readonly jitter: number
  /** In their canonical form. */
  readonly tags: readonly string[]
}

export interface Load extends Write {
  /** Milliseconds. */
  readonly timeout: number
  readonly refresh: boolean
  readonly onServed: ((served: Served) => void) | undefined
}

/** The options of a namespace, checked, and what they make of a call's. */
export class NamespaceSettings {
  readonly options: WithDefaults<NamespaceOptions>
  /** Milliseconds. */
  readonly staleness: number
  readonly #ttl: number

  constructor ({ ttl, jitter, timeout, staleness, fence }: NamespaceOptions) {
    this.options = {
      ttl: orDefault(ttl, DEFAULT_TTL),
      jitter: checkJitter(orDefault(jitter, 0.05)),
      timeout: checkMilliseconds('timeout', orDefault(timeout, 60_000)),
      staleness: orDefault(staleness, 5),
      fence: checkBoolean('fence', orDefault(fence, true))
    }
    this.#ttl = checkTtl(this.options.ttl)
    this.staleness = checkStaleness(this.options.staleness)
  }

  /** Whether options ask for something else than these. */
  differ (options: NamespaceOptions): boolean {
    return Object.entries(options).some(([name, value]) => value !== undefined && value !== this.options[name as keyof NamespaceOptions])
  }

  tags ({ tags }: ReadOptions): readonly string[] {
    return tags === undefined ? [] : checkTags(tags)
  }

  write ({ ttl, jitter, tags }: WriteOptions): Write {
    return {
      ttl: ttl === undefined ? this.#ttl : checkTtl(ttl),
      jitter: jitter === undefined ? this.options.jitter : checkJitter(jitter),
      tags: this.tags({ tags })
    }
  }

  load (options: LoadOptions): Load {
    if (options.onServed !== undefined) checkFunction('onServed', options.onServed)
    return {
      ...this.write(options),
      timeout: options.timeout === undefined ? this.options.timeout : checkMilliseconds('timeout', options.timeout),
      refresh: options.refresh !== undefined && checkBoolean('refresh', options.refresh),
      onServed: options.onServed
    }
  }
}

/** Not `??`: null is a mistake. */
function orDefault<T> (given: T | undefined, otherwise: T): T {
  return given === undefined ? otherwise : given
}

/** Milliseconds that something is kept: as long as said at most, so that no value outlives its ttl. */
export function lifeOf (ttl: number, jitter: number): number {
  return Math.max(1, Math.round(ttl * (1 - jitter * Math.random())))
}
