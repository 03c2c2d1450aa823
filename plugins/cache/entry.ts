import { crc32 } from 'node:zlib'
import { decode, type Encoded } from './value.ts'

/** Of the text below; an entry of any other version is a miss. */
const VERSION = '1'
const PATTERN = new RegExp(`^${VERSION}([jd])([0-9a-z]{1,7}):(.*)$`, 's')

/** What is stored under an entry's key: version, format, checksum, then the value. */
export function writeEntry ({ format, text }: Encoded): string {
  return `${VERSION}${format}${checksum(text)}:${text}`
}

/**
 * What an entry holds, and a copy of the value. Undefined for what this version did not write or what was damaged since:
 * others may write under our keys, and a number cut short is a number still.
 */
export function readEntry (entry: string): { readonly encoded: Encoded, readonly value: unknown } | undefined {
  const [, format, sum, text] = PATTERN.exec(entry) ?? []
  if (text === undefined || sum !== checksum(text)) return undefined
  const encoded = { format: format as Encoded['format'], text }
  try {
    const value = decode(encoded)
    return value === undefined ? undefined : { encoded, value }
  } catch {
    return undefined // The checksum fits, so somebody made this on purpose.
  }
}

function checksum (text: string): string {
  return crc32(text).toString(36)
}
