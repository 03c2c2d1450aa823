import type { CheckedMeta } from './checks.ts'
import type { Member, PresenceStatus } from './interface.ts'

/** A connection as the roster keeps it. */
export interface Entry {
  readonly userId: string
  readonly rooms: readonly string[]
  status: PresenceStatus
  meta: CheckedMeta | undefined
}

// The first that any connection has is the user's state.
const BY_RANK = ['busy', 'online', 'away'] as const

/** One user in one room: his visible connections there, and what they make of him together. */
export class Occupancy {
  /** Milliseconds since the epoch. */
  readonly since: number
  // In the order in which they became visible.
  readonly #open = new Set<Entry>()
  // Closed and in their grace: with no open one left, they still keep the user here, as he was.
  readonly #closing = new Set<Entry>()
  #state: Member['state'] = 'online'
  #meta: CheckedMeta | undefined

  constructor (first: Entry, since: number) {
    this.since = since
    this.show(first)
  }

  get state (): Member['state'] { return this.#state }
  get meta (): CheckedMeta | undefined { return this.#meta }
  get connections (): number { return this.#open.size }
  /** Whether the user is gone from the room. */
  get empty (): boolean { return this.#open.size + this.#closing.size === 0 }

  // Each of these answers whether what others see of the user has changed.

  /** A connection is visible, or has changed. */
  show (entry: Entry): boolean {
    this.#open.add(entry)
    return this.#combine()
  }

  /** A connection became invisible. Who has no other is gone at once: that was no accident for the grace to hide. */
  hide (entry: Entry): boolean {
    this.#open.delete(entry)
    if (this.#open.size === 0) this.#closing.clear()
    return this.#combine()
  }

  close (entry: Entry): boolean {
    if (this.#open.delete(entry)) this.#closing.add(entry)
    return this.#combine()
  }

  /** The grace of a closed connection is over. */
  forget (entry: Entry): void {
    this.#closing.delete(entry)
  }

  #combine (): boolean {
    const open = [...this.#open]
    const [state, meta] = [this.#state, this.#meta]
    this.#state = BY_RANK.find(rank => open.some(({ status }) => status === rank)) ?? state
    const last = open.at(-1)
    if (last !== undefined) this.#meta = last.meta
    return this.#state !== state || this.#meta?.text !== meta?.text
  }
}
