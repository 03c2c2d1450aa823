import { randomBytes } from 'node:crypto'

/** Values of stamps by their names in Redis; null where there is none. */
export type Stamps = ReadonlyMap<string, string | null>

/** Names one generation and never another: no two draws are alike. */
export function freshStamp (): string {
  return randomBytes(9).toString('base64url')
}

const HOUR = 3_600_000
const MONTH = 30 * 24 * HOUR

// Milliseconds that stamps are kept, for an entry of so many. A matter of cost only: a stamp that is gone makes misses, never
// hits. Epochs, which are few, are kept for ever.

export function fenceLife (entry: number): number {
  return Math.max(HOUR, 2 * entry)
}

export function tagLife (entry: number): number {
  return Math.max(MONTH, 2 * entry)
}
