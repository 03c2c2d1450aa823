import { hash } from 'node:crypto'
import { isName } from './checks.ts'

/** A user in a room before and after: the fields, or false where he is not there. */
export type FieldChange = readonly [room: string, userId: string, before: string | false, after: string | false]

/** One entry of the stream: what one script changed. */
export interface StreamEntry {
  /** Redis's own, `milliseconds-sequence`. */
  readonly id: string
  readonly changes: readonly FieldChange[]
}

/** The id of an event: of its entry and its place in it, and of its room, since who comes to another room knows nothing of that one yet. */
export interface Position {
  readonly entry: string
  /** Infinite after the last. */
  readonly index: number
}

export function isAfter (one: string, other: string): boolean {
  const [[ms, sequence], [otherMs, otherSequence]] = [numbers(one), numbers(other)]
  return ms === otherMs ? sequence > otherSequence : ms > otherMs
}

/** Milliseconds of Redis's clock. */
export function timeOf (entry: string): number {
  return numbers(entry)[0]
}

export function eventId (room: string, { entry, index }: Position): string {
  return `${entry}-${index === Infinity ? 'all' : index}-${mark(room)}`
}

/** Undefined for what is no id of this room. */
export function readEventId (id: string, room: string): Position | undefined {
  const [, entry, index, ofRoom] = /^(\d{1,15}-\d{1,15})-(\d{1,9}|all)-([0-9a-f]+)$/.exec(id) ?? []
  if (entry === undefined || ofRoom !== mark(room)) return undefined
  return { entry, index: index === 'all' ? Infinity : Number(index) }
}

/** Of exactly the form in which scripts write it; undefined for what somebody else wrote. */
export function readEntry (id: unknown, text: unknown): StreamEntry | undefined {
  // Numbers of more digits would not be told apart.
  if (typeof id !== 'string' || !/^\d{1,15}-\d{1,15}$/.test(id) || typeof text !== 'string') return undefined
  try {
    const changes: unknown = JSON.parse(text)
    return Array.isArray(changes) && changes.length > 0 && changes.every(isChange) ? { id, changes } : undefined
  } catch {
    return undefined
  }
}

function numbers (id: string): [ms: number, sequence: number] {
  const [ms = 0, sequence = 0] = id.split('-', 2).map(Number)
  return [ms, sequence]
}

/** A room may be any text of 128 bytes, and an id travels in a header. */
function mark (room: string): string {
  return hash('sha1', room).slice(0, 10)
}

function isChange (value: unknown): value is FieldChange {
  if (!Array.isArray(value) || value.length !== 4) return false
  const [room, userId, before, after] = value as unknown[]
  return isName(room) && isName(userId) && before !== after && [before, after].every(field => field === false || (typeof field === 'string' && field !== ''))
}
