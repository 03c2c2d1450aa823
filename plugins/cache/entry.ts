import { crc32 } from 'node:zlib'
import type { Packed } from './packing.ts'

/** Of the text below; an entry of any other version is a miss. */
const VERSION = '4'
/** Of one length, so that no damaged checksum is a shorter one with more behind it. */
const SUM_LENGTH = 7
const BODY_AT = VERSION.length + SUM_LENGTH
const BODY = /^([jdJD])([0-9a-z]{1,4}):(.*)$/s

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

/** Of entries without tags: one map for all. */
export const NO_TAGS: Recorded['tags'] = new Map()

/** All in milliseconds. */
export interface Life {
  /** Since the epoch, by the clock of the process that wrote it. */
  readonly writtenAt: number
  readonly ttl: number
  /** For how long after that it may still be served as stale. */
  readonly grace: number
}

export interface Entry {
  readonly packed: Packed
  readonly recorded: Recorded
  readonly life: Life
}

/** What is kept under an entry's name: version, checksum of all that follows, format, length of the record, the record, the value. */
export function writeEntry ({ packed, recorded: { epochs, fence, tags }, life }: Entry): string {
  const record = JSON.stringify([life.writtenAt, life.ttl, life.grace, ...epochs, fence, ...[...tags].flat()])
  // The format too: JSON with one letter changed may be a value of devalue's, and the other way round.
  const body = `${packed.format}${record.length.toString(36)}:${record}${packed.text}`
  return VERSION + checksum(body) + body
}

/**
 * Undefined for what this version did not write or what was damaged since: others may write under our names, and a number
 * cut short is a number still.
 */
export function readEntry (text: string): Entry | undefined {
  const body = text.slice(BODY_AT)
  if (text.slice(0, BODY_AT) !== VERSION + checksum(body)) return undefined
  const [, format, length = '', rest] = BODY.exec(body) ?? []
  if (rest === undefined) return undefined
  const split = parseInt(length, 36)
  try {
    const record = readRecord(JSON.parse(rest.slice(0, split)))
    return record && { packed: { format: format as Packed['format'], text: rest.slice(split) }, ...record }
  } catch {
    return undefined // The checksum fits, so somebody made this on purpose.
  }
}

function readRecord (record: unknown): Pick<Entry, 'recorded' | 'life'> | undefined {
  if (!Array.isArray(record) || record.length < 6 || record.length > 6 + 2 * MAX_TAGS || record.length % 2 === 1) return undefined
  const [writtenAt, ttl, grace, ...texts] = record as unknown[]
  const [all, namespace, fence, ...pairs] = texts
  if (!isTime(writtenAt) || !isTime(ttl) || !isTime(grace) || !texts.every(text => typeof text === 'string')) return undefined
  const tags = new Map<string, string>()
  for (let at = 0; at < pairs.length; at += 2) tags.set(String(pairs[at]), String(pairs[at + 1]))
  return { recorded: { epochs: [String(all), String(namespace)], fence: String(fence), tags: tags.size === 0 ? NO_TAGS : tags }, life: { writtenAt, ttl, grace } }
}

function isTime (value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function checksum (text: string): string {
  return crc32(text).toString(36).padStart(SUM_LENGTH, '0')
}
