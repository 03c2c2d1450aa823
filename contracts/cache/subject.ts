import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Cache } from '../../plugins/cache/index.ts'
import type { SubjectCase } from '../contract-case.ts'

/** A cache under test. */
export interface CacheSubject {
  readonly cache: Cache
  /** Called at the end of the case. */
  close? (): Promise<void>
}

export type CacheCase = SubjectCase<Cache>

/** A loader for what must not be loaded. */
export const neverLoad = assert.fail.bind(undefined, 'the loader ran') as () => never

/** A key that no other case has. */
export function freshKey (...parts: readonly unknown[]): readonly [string, ...object[]] {
  return [randomUUID(), ...parts as object[]]
}
