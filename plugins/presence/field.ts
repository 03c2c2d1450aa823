import { EVERYWHERE, isMeta, isName, isStoredStatus } from './checks.ts'
import type { CustomStatus, Member, Meta } from './interface.ts'

/**
 * What Redis has of a user in a room: a line for each node that holds him, `node part`, the one that changed last being the last, and
 * at most one for his custom status, `= status`. JSON has no line breaks, so scripts take lines apart without reading what is in them.
 */
export interface Field {
  readonly parts: ReadonlyMap<string, Part>
  readonly status?: StoredStatus
}

/** What one node says of a user in a room. */
export interface Part {
  readonly state: Member['state']
  /** By Redis's clock. */
  readonly since: number
  /** When the node wrote this: of a further tab it writes nothing. */
  readonly connections: number
  readonly meta?: Meta | undefined
  /** In the room of everybody: the other rooms in which the node has him. */
  readonly rooms: readonly string[]
}

export interface StoredStatus extends CustomStatus {
  /** When it ends by Redis's clock: `expiresAt` is by that of whoever set it. */
  readonly until?: number | undefined
}

/** A line that a script wrote: a node is told from its part by the first blank. */
const LINE = /^([\w.~-]{1,64}|=) (.+)$/s
const STATES = ['busy', 'online', 'away'] as const

export function writePart ({ state, since, connections, meta, rooms }: Part): string {
  return JSON.stringify([state, since, connections, meta === undefined ? [] : [meta], rooms])
}

/** What cannot be read was written by somebody else, and counts for nothing. */
export function readField (text: string): Field {
  const parts = new Map<string, Part>()
  let status: StoredStatus | undefined
  for (const line of text.split('\n')) {
    const [, writer = '', json = ''] = LINE.exec(line) ?? []
    if (writer === '=') {
      status = parsed(json, isStoredStatus)
      continue
    }
    const part = parsed(json, isPart)
    if (part === undefined) continue
    const [state, since, connections, meta, rooms] = part
    parts.set(writer, { state, since, connections, rooms, ...(meta.length > 0 && { meta: meta[0] }) })
  }
  return { parts, ...(status && { status }) }
}

/** The user as others see him; undefined where no node holds him. `now` by Redis's clock. */
export function combine (userId: string, { parts, status }: Field, now: number): Member | undefined {
  const all = [...parts.values()]
  const last = all.at(-1)
  if (last === undefined) return undefined
  const { [Math.min(...all.map(part => STATES.indexOf(part.state)))]: state = last.state } = STATES
  const customStatus = status === undefined || (status.until ?? Infinity) <= now ? undefined : shown(status)
  return Object.freeze({
    userId,
    state,
    since: Math.min(...all.map(({ since }) => since)),
    connections: all.reduce((sum, { connections }) => sum + connections, 0),
    ...(last.meta !== undefined && { meta: last.meta }),
    ...(customStatus && { customStatus })
  })
}

/** Whether two states of a user are the same to who watches. */
export function looksSame (one: Member, other: Member): boolean {
  return one.state === other.state && isDeepSame(one.meta, other.meta) && isDeepSame(one.customStatus, other.customStatus)
}

function isDeepSame (one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

function shown ({ text, emoji, expiresAt }: StoredStatus): CustomStatus {
  return Object.freeze({ text, ...(emoji !== undefined && { emoji }), ...(expiresAt !== undefined && { expiresAt }) })
}

/** Undefined for what is nothing of the kind. */
function parsed<T> (json: string, isOfKind: (value: unknown) => value is T): T | undefined {
  try {
    // All of it here, since what somebody else nested deeply fails at any of it.
    const value: unknown = freeze(JSON.parse(json))
    return isOfKind(value) ? value : undefined
  } catch {
    return undefined
  }
}

type WrittenPart = [state: Member['state'], since: number, connections: number, meta: [] | [Meta], rooms: string[]]

function isPart (value: unknown): value is WrittenPart {
  if (!Array.isArray(value) || value.length !== 5) return false
  const [state, since, connections, meta, rooms] = value as unknown[]
  return STATES.some(known => known === state) && isWhole(since) && isWhole(connections) &&
    Array.isArray(meta) && meta.length <= 1 && meta.every(isMeta) && Array.isArray(rooms) && rooms.every(room => isName(room) && room !== EVERYWHERE)
}

function isWhole (value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function freeze<T> (value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}
