import {
  InvalidCustomStatusError, InvalidMetaError, InvalidPresenceArgumentError, InvalidRoomError, InvalidSignalError, InvalidStatusError, InvalidUserIdError, InvalidWatchError
} from './errors.ts'
import type { ConnectionUpdate, CustomStatus, Meta, NewConnection, PresenceStatus, WatchOptions } from './interface.ts'

/** The room that every connection is in. */
export const EVERYWHERE = '*'

const CUSTOM_STATUS = ['text', 'emoji', 'expiresAt']
/** Bytes. */
const MAX_META = 1024
const STATUSES = new Set<unknown>(['online', 'away', 'busy', 'invisible'] satisfies PresenceStatus[])

/** A meta that was checked and copied; the text tells whether two are the same. */
export interface CheckedMeta { readonly text: string, readonly value: Meta }

export function checkConnection (connection: NewConnection): void {
  checkNames('connect', connection, ['userId', 'room', 'status', 'meta', 'signal'])
  const { signal } = connection
  if (signal !== undefined && !isSignal(signal)) throw new InvalidPresenceArgumentError('connect', 'signal must be an AbortSignal')
}

export function checkUpdate (changes: ConnectionUpdate): void {
  checkNames('update', changes, ['status', 'meta'])
}

export function checkUserId (call: string, userId: unknown): void {
  if (!isName(userId)) throw new InvalidUserIdError(call)
}

export function checkRoom (call: string, room: unknown): void {
  if (!isName(room)) throw new InvalidRoomError(call)
}

export function checkSignal (name: unknown): void {
  if (!isSignalName(name)) throw new InvalidSignalError()
}

export function checkStatus (call: string, status: unknown): void {
  if (!STATUSES.has(status)) throw new InvalidStatusError(call)
}

/** Answers a frozen copy; undefined for null, which stands for none. */
export function checkMeta (call: string, meta: unknown): CheckedMeta | undefined {
  if (meta === null) return undefined
  const text = serialized(meta)
  if (text === undefined || Buffer.byteLength(text) > MAX_META) throw new InvalidMetaError(call)
  const value: unknown = JSON.parse(text)
  // Dates, class instances, undefined, NaN and the like would come back as something else without a word.
  if (!isSame(value, meta)) throw new InvalidMetaError(call)
  return { text, value: freeze(value) as Meta }
}

/** Answers a frozen copy, without what is undefined. */
export function checkCustomStatus (status: unknown): CustomStatus {
  const { text, emoji, expiresAt } = Object(status) as Partial<CustomStatus>
  if (!isStatusText(text)) throw new InvalidCustomStatusError('text must be of 1 to 256 bytes in well-formed Unicode')
  if (emoji !== undefined && !isEmoji(emoji)) throw new InvalidCustomStatusError('emoji must be of 1 to 64 bytes in well-formed Unicode')
  if (expiresAt !== undefined && !Number.isFinite(expiresAt)) throw new InvalidCustomStatusError('expiresAt must be a number of milliseconds since the epoch, such as date.getTime()')
  if (!hasOnly(status, CUSTOM_STATUS)) throw new InvalidCustomStatusError(`known are ${CUSTOM_STATUS.join(', ')}, and something else was given`)
  return Object.freeze({ text, ...(emoji !== undefined && { emoji }), ...(expiresAt !== undefined && { expiresAt }) })
}

export function checkWatch (options: WatchOptions | undefined): void {
  if (!isSignal(options?.signal)) throw new InvalidWatchError()
  checkNames('watch', options, ['signal', 'lastEventId'])
}

function checkNames (call: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null) throw new InvalidPresenceArgumentError(call, `give an object with ${known.join(', ')}`)
  if (!hasOnly(given, known)) throw new InvalidPresenceArgumentError(call, `known are ${known.join(', ')}, and something else was given`)
}

// The same of what others wrote into Redis.

/** What a user or a room may be called. */
export function isName (value: unknown): value is string {
  return isText(value, 128)
}

export function isSignalName (value: unknown): value is string {
  return isText(value, 64)
}

/** What came out of JSON, and is none of the caller's types. */
export function isMeta (value: unknown): value is Meta {
  return value !== null && Buffer.byteLength(JSON.stringify(value)) <= MAX_META
}

/** `until`: see `StoredStatus`. */
export function isStoredStatus (value: unknown): value is CustomStatus & { until?: number } {
  if (typeof value !== 'object' || value === null || !hasOnly(value, [...CUSTOM_STATUS, 'until'])) return false
  const { text, emoji, expiresAt, until } = value as Record<string, unknown>
  return isStatusText(text) && (emoji === undefined || isEmoji(emoji)) && [expiresAt, until].every(time => time === undefined || Number.isFinite(time))
}

function isStatusText (value: unknown): value is string {
  return isText(value, 256)
}

function isEmoji (value: unknown): value is string {
  return isText(value, 64)
}

/** A property that is misspelt would do nothing in silence. One that is undefined is none. */
function hasOnly (given: unknown, known: readonly string[]): boolean {
  return Object.entries(Object(given)).every(([name, value]) => known.includes(name) || value === undefined)
}

function isSignal (value: unknown): boolean {
  return typeof (value as AbortSignal | undefined)?.addEventListener === 'function'
}

function isText (value: unknown, bytes: number): value is string {
  // The length first: it bounds the work for a text that is far too long.
  return typeof value === 'string' && value.length > 0 && value.length <= bytes && value.isWellFormed() && Buffer.byteLength(value) <= bytes
}

/** Undefined where JSON has no form for it, or it has a cycle. */
function serialized (value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Whether JSON brought back what was given. 0 may stand for -0, which is what `Math.round(-0.3)` gives and nobody means. */
function isSame (value: unknown, given: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === given
  if (typeof given !== 'object' || given === null || Object.getPrototypeOf(value) !== Object.getPrototypeOf(given)) return false
  const [names, others] = [Reflect.ownKeys(value), Reflect.ownKeys(given)]
  return names.length === others.length && names.every(name => Object.hasOwn(given, name) && isSame(Reflect.get(value, name), Reflect.get(given, name)))
}

function freeze (value: unknown): unknown {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}
