import type { CheckedMeta } from './checks.ts'
import type { Member, PresenceStatus } from './interface.ts'
import { LinkedMap } from './linked-map.ts'

/** A connection as the roster keeps it. */
export interface Entry {
  readonly userId: string
  readonly rooms: readonly string[]
  status: PresenceStatus
  meta: CheckedMeta | undefined
}

// The first that any connection has is the user's state.
const BY_RANK = ['busy', 'online', 'away'] as const

/**
 * One user in one room: his visible connections there, and what they make of him together. Each change costs the same, however many
 * they are: all visitors without a name may be one user.
 */
export class Occupancy {
  /** Milliseconds since the epoch. */
  readonly since: number
  // With the status that each is counted by, in the order in which they became visible.
  readonly #open = new LinkedMap<Entry, PresenceStatus>()
  readonly #counts: Record<PresenceStatus, number> = { busy: 0, online: 0, away: 0, invisible: 0 }
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
    this.#uncount(this.#open.set(entry, entry.status))
    this.#counts[entry.status]++
    return this.#combine()
  }

  /** A connection became invisible. */
  hide (entry: Entry): boolean {
    this.#uncount(this.#open.delete(entry))
    return this.#combine()
  }

  /** A connection was closed, and its grace begins if it was visible. */
  close (entry: Entry): boolean {
    if (this.#uncount(this.#open.delete(entry))) this.#closing.add(entry)
    return this.#combine()
  }

  /** The grace of a closed connection is over, which none can see who still sees the user. */
  forget (entry: Entry): boolean {
    this.#closing.delete(entry)
    return false
  }

  #uncount (status: PresenceStatus | undefined): boolean {
    if (status !== undefined) this.#counts[status]--
    return status !== undefined
  }

  #combine (): boolean {
    const [state, meta] = [this.#state, this.#meta]
    this.#state = BY_RANK.find(rank => this.#counts[rank] > 0) ?? state
    const { last } = this.#open
    if (last !== undefined) this.#meta = last.meta
    return this.#state !== state || this.#meta?.text !== meta?.text
  }
}
