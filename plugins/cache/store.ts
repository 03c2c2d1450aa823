import type { RedisFigures } from './interface.ts'
import { isEntry } from './names.ts'
import type { Stamps } from './stamps.ts'

/** The most names of one read's command, so that no reply and no wait of the database's other callers grows without bound. */
export const MAX_NAMES = 1_000

/** Where entries and stamps are kept. No method rejects: what fails is answered, and counted. */
export interface Store {
  /** False where nothing can be kept. */
  readonly enabled: boolean
  /** Whether Redis is known to be out of reach: not after a single call that failed. */
  readonly isAway: boolean
  /** Milliseconds that a caller waits for it at most, whatever the number of requests. */
  readonly timeLimit: number
  /** The text under each name, null where there is none; undefined where that cannot be told. */
  read (names: readonly string[]): Promise<Array<string | null | undefined>>
  /** In one request: makes stamps, then reads. Answers all by name; undefined where that was not acknowledged. */
  stamp (request: StampRequest): Promise<Stamps | undefined>
  /** Whether the text was kept, for a number of milliseconds. `release`: names that are removed beside it. */
  write (name: string, text: string, life: number, release?: readonly string[]): Promise<boolean>
  /** Whether this process is the one that has a lock, for a number of milliseconds; undefined where that cannot be told. */
  lock (name: string, life: number): Promise<boolean | undefined>
  /** Frees locks; not sent again. */
  release (names: readonly string[]): Promise<void>
  /** Removes entries and stamps, if not now, then as soon as Redis can be reached. Answers whether it was now. */
  remove (names: readonly string[]): Promise<boolean>
  /** Has entries and stamps removed as soon as Redis can be reached. */
  removeLater (names: readonly string[]): void
  figures (): RedisFigures
  /** Resolves when what is under way is settled. */
  close (): Promise<void>
}

export interface StampRequest {
  /** To be made where they are not there. */
  readonly create?: readonly NewStamp[]
  /** To be made anew, whatever was there. */
  readonly renew?: readonly NewStamp[]
  /** To be read after that. */
  readonly read?: readonly string[]
}

export interface NewStamp {
  readonly name: string
  /** Milliseconds; undefined for ever. */
  readonly life: number | undefined
}

const refuse = async () => false
const nothing = async () => undefined

/** Keeps nothing. */
export const nullStore: Store = {
  enabled: false,
  isAway: false,
  timeLimit: 1_000, // It answers at once.
  read: async names => names.map(() => undefined),
  stamp: nothing,
  write: refuse,
  lock: nothing,
  release: nothing,
  remove: refuse,
  removeLater () {},
  figures: () => ({ commands: 0, roundTrips: 0, errors: {}, kept: 0 }),
  close: nothing
}

const agree = async () => true

/**
 * Of a cache that is in memory alone: no entry is here, and no stamp is ever missing. Nobody else invalidates anything, so what
 * is in memory needs no confirmation.
 */
export function memoryOnlyStore (keyPrefix: string): Store {
  return {
    ...nullStore,
    enabled: true,
    read: async names => names.map(name => isEntry(keyPrefix, name) ? null : 'here'),
    stamp: async ({ renew = [], read = [] }) => new Map([...renew.map(({ name }) => name), ...read].map(name => [name, 'here'])),
    write: agree,
    lock: agree,
    remove: agree
  }
}
