import { connects, leaves, type PresenceConnectMessage, type PresenceLeaveMessage } from './channels.ts'
import type { PresenceClock } from './clock.ts'
import { CustomStatuses } from './custom-statuses.ts'
import type { Change } from './event-log.ts'
import type { CustomStatus, Member, MemberList, PresenceStats, UserPresence } from './interface.ts'
import type { Entry, Occupancy } from './occupancy.ts'
import { Roster } from './roster.ts'

export interface LocalStateOptions {
  /** Milliseconds. */
  readonly grace: number
  readonly clock: PresenceClock
  /** What others see has changed; `isOfStatus`: by a custom status. */
  readonly onChange: (change: Change, isOfStatus: boolean) => void
}

/** The users of this process as others see them: the roster and the custom statuses, put together. Takes checked values only. */
export class LocalState {
  readonly #clock: PresenceClock
  readonly #onChange: LocalStateOptions['onChange']
  readonly #roster: Roster
  readonly #statuses: CustomStatuses

  constructor ({ grace, clock, onChange }: LocalStateOptions) {
    this.#clock = clock
    this.#onChange = onChange
    this.#statuses = new CustomStatuses(clock, userId => this.#announce(userId))
    this.#roster = new Roster({
      grace,
      clock,
      onChange: (type, room, userId) => this.#publish(type, room, userId),
      onGone: userId => this.#statuses.delete(userId)
    })
  }

  get sizes (): Pick<PresenceStats, 'connections' | 'users' | 'rooms'> {
    return this.#roster.sizes
  }

  open (entry: Entry): void {
    // Here as in all that follows: what has expired goes first, so that no event shows it.
    this.#statuses.expire()
    this.#roster.open(entry)
    const { userId, rooms } = entry
    if (connects.hasSubscribers) connects.publish({ userId, rooms } satisfies PresenceConnectMessage)
  }

  update (entry: Entry, changes: Pick<Entry, 'status' | 'meta'>): void {
    this.#statuses.expire()
    this.#roster.update(entry, changes)
  }

  close (entry: Entry): void {
    this.#statuses.expire()
    this.#roster.close(entry)
  }

  /** Answers false where the user is not here. */
  setCustomStatus (userId: string, status: CustomStatus | null): boolean {
    this.#statuses.expire()
    if (!this.#roster.has(userId)) return false
    if (this.#statuses.set(userId, status)) this.#announce(userId)
    return true
  }

  customStatus (userId: string): CustomStatus | undefined {
    this.#statuses.expire()
    return this.#statuses.get(userId)
  }

  /** Every user in every room, as others see them. */
  everyone (): Iterable<readonly [room: string, userId: string]> {
    return this.#roster.everyone()
  }

  /** Whom others see in a room. */
  usersOf (room: string): Iterable<string> {
    return this.#roster.members(room).keys()
  }

  /** The rooms in which others see the user. */
  everyRoomOf (userId: string): string[] {
    return this.#roster.roomsOf(userId)
  }

  member (room: string, userId: string): Member | undefined {
    const occupancy = this.#roster.find(room, userId)
    return occupancy && this.#member(userId, occupancy)
  }

  total (room: string): number {
    return this.#roster.members(room).size
  }

  list (room: string, max: number): MemberList {
    this.#statuses.expire()
    const occupancies = this.#roster.members(room)
    const members: Member[] = []
    for (const [userId, occupancy] of occupancies) {
      if (members.length >= max) break
      members.push(this.#member(userId, occupancy))
    }
    return Object.freeze({ members: Object.freeze(members), total: occupancies.size, complete: false, asOf: this.#clock.now(), source: 'local' })
  }

  user (userId: string, room: string): UserPresence {
    this.#statuses.expire()
    const asOf = this.#clock.now()
    const occupancy = this.#roster.find(room, userId)
    // Another process may have him: only Redis could tell that he is offline.
    if (occupancy === undefined) return Object.freeze({ state: 'unknown', asOf })
    const { state, connections } = occupancy
    const customStatus = this.#statuses.get(userId)
    return Object.freeze({ state, connections, ...(customStatus && { customStatus }), asOf })
  }

  clear (): void {
    this.#roster.clear()
    this.#statuses.clear()
  }

  #member (userId: string, { state, since, connections, meta }: Occupancy): Member {
    const customStatus = this.#statuses.get(userId)
    return Object.freeze({ userId, state, since, connections, ...(meta && { meta: meta.value }), ...(customStatus && { customStatus }) })
  }

  #publish (type: 'join' | 'leave' | 'update', room: string, userId: string, isOfStatus = false): void {
    const asOf = this.#clock.now()
    const occupancy = this.#roster.find(room, userId)
    if (type === 'leave' && leaves.hasSubscribers) leaves.publish({ userId, room } satisfies PresenceLeaveMessage)
    if (type === 'leave' || occupancy === undefined) this.#onChange({ type: 'leave', room, userId, asOf }, isOfStatus)
    else this.#onChange({ type, room, member: this.#member(userId, occupancy), asOf }, isOfStatus)
  }

  /** A custom status has changed, which is seen wherever the user is. */
  #announce (userId: string): void {
    for (const room of this.#roster.roomsOf(userId)) this.#publish('update', room, userId, true)
  }
}
