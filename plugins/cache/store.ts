import type { RedisFigures } from './interface.ts'

/** Where entries are kept. No method rejects: what fails is answered, and counted. */
export interface Store {
  /** False where nothing can be kept. */
  readonly enabled: boolean
  /** The text under each key; null where there is none, or where it cannot be asked for. */
  read (keys: readonly string[]): Promise<Array<string | null>>
  /** Whether the text was kept, for a number of milliseconds. */
  write (key: string, text: string, ttl: number): Promise<boolean>
  /** Whether the keys were removed. */
  remove (keys: readonly string[]): Promise<boolean>
  figures (): RedisFigures
  /** Resolves when what is being written is settled. */
  settled (): Promise<void>
}

/** Keeps nothing. */
export const nullStore: Store = {
  enabled: false,
  read: async keys => keys.map(() => null),
  write: async () => false,
  remove: async () => false,
  figures: () => ({ commands: 0, roundTrips: 0, errors: {} }),
  settled: async () => {}
}
