import { crc32 } from 'node:zlib'
import { decode, type Encoded } from './value.ts'

/** Of the text below; an entry of any other version is a miss. */
const VERSION = '2'
const PATTERN = new RegExp(`^${VERSION}([jd])([0-9a-z]{1,7}):([0-9a-z]{1,4}):(.*)$`, 's')

/** Tags of one entry. */
export const MAX_TAGS = 100

/** The stamps that stood when the value was read from where it comes from. */
export interface Recorded {
  readonly epochs: readonly [all: string, namespace: string]
  /** Empty where the namespace has no fences. */
  readonly fence: string
  /** Stamps by tag. */
  readonly tags: ReadonlyMap<string, string>
}

export interface Entry {
  readonly encoded: Encoded
  /** A copy of the value. */
  readonly value: unknown
  readonly recorded: Recorded
}

/** What is kept under an entry's name: version, format, checksum, length of the stamps, the stamps, the value. */
export function writeEntry ({ format, text }: Encoded, { epochs, fence, tags }: Recorded): string {
  const stamps = JSON.stringify([...epochs, fence, ...[...tags].flat()])
  const body = stamps + text
  return `${VERSION}${format}${checksum(body)}:${stamps.length.toString(36)}:${body}`
}

/**
 * Undefined for what this version did not write or what was damaged since: others may write under our names, and a number
 * cut short is a number still.
 */
export function readEntry (entry: string): Entry | undefined {
  const [, format, sum, length, body] = PATTERN.exec(entry) ?? []
  if (length === undefined || body === undefined || sum !== checksum(body)) return undefined
  const split = parseInt(length, 36)
  const encoded = { format: format as Encoded['format'], text: body.slice(split) }
  try {
    const recorded = readRecorded(JSON.parse(body.slice(0, split)))
    const value = decode(encoded)
    return recorded === undefined || value === undefined ? undefined : { encoded, value, recorded }
  } catch {
    return undefined // The checksum fits, so somebody made this on purpose.
  }
}

function readRecorded (stamps: unknown): Recorded | undefined {
  if (!Array.isArray(stamps) || stamps.length > 3 + 2 * MAX_TAGS || !stamps.every(stamp => typeof stamp === 'string')) return undefined
  const [all, namespace, fence, ...pairs] = stamps as string[]
  if (all === undefined || namespace === undefined || fence === undefined || pairs.length % 2 === 1) return undefined
  const tags = new Map<string, string>()
  for (let at = 0; at < pairs.length; at += 2) tags.set(String(pairs[at]), String(pairs[at + 1]))
  return { epochs: [all, namespace], fence, tags }
}

function checksum (text: string): string {
  return crc32(text).toString(36)
}
