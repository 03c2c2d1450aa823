import type { PresenceClock } from './clock.ts'
import { Occupancy, type Entry } from './occupancy.ts'

export interface RosterOptions {
  /** Milliseconds that a user stays after the last connection was closed. */
  readonly grace: number
  readonly clock: PresenceClock
  readonly onChange: (type: 'join' | 'leave' | 'update', room: string, userId: string) => void
  /** The user has no connection any more, not even an invisible one, and the grace is over. */
  readonly onGone: (userId: string) => void
}

/** The connections of one user, in all his rooms. */
interface User {
  /** Open ones, and those in their grace. */
  readonly entries: Set<Entry>
  /** Those in their grace, with what cancels its timer. None where one that is open is hidden. */
  readonly closing: Map<Entry, () => void>
  /** How many of the open ones are invisible. */
  hidden: number
}

/** Who is in which room by the connections of this process. Knows neither Redis nor who looks at it: `onChange` tells. */
export class Roster {
  readonly #options: RosterOptions
  // Maps and sets throughout: an id may be `__proto__`.
  readonly #users = new Map<string, User>()
  readonly #rooms = new Map<string, Map<string, Occupancy>>()
  #connections = 0

  constructor (options: RosterOptions) {
    this.#options = options
  }

  get sizes (): { connections: number, users: number, rooms: number } {
    return { connections: this.#connections, users: this.#users.size, rooms: this.#rooms.size }
  }

  /** Whether the user has a connection here, be it invisible or in its grace. */
  has (userId: string): boolean {
    return this.#users.has(userId)
  }

  find (room: string, userId: string): Occupancy | undefined {
    return this.#rooms.get(room)?.get(userId)
  }

  /** Whom others see in a room, in the order of their coming. */
  members (room: string): ReadonlyMap<string, Occupancy> {
    return this.#rooms.get(room) ?? new Map()
  }

  * everyone (): Generator<readonly [room: string, userId: string]> {
    for (const [room, members] of this.#rooms) for (const userId of members.keys()) yield [room, userId]
  }

  /** The rooms in which others see the user. */
  roomsOf (userId: string): string[] {
    const rooms = new Set<string>()
    this.#users.get(userId)?.entries.forEach(entry => entry.rooms.forEach(room => rooms.add(room)))
    return [...rooms].filter(room => this.find(room, userId) !== undefined)
  }

  open (entry: Entry): void {
    const user = this.#user(entry)
    user.entries.add(entry)
    this.#connections++
    if (entry.status === 'invisible') this.#addHidden(user)
    else entry.rooms.forEach(room => this.#show(room, entry))
  }

  /** Of an open connection. */
  update (entry: Entry, changes: Pick<Entry, 'status' | 'meta'>): void {
    const wasHidden = entry.status === 'invisible'
    Object.assign(entry, changes)
    const isHidden = entry.status === 'invisible'
    if (wasHidden && !isHidden) this.#user(entry).hidden--
    if (!isHidden) entry.rooms.forEach(room => this.#show(room, entry))
    else if (!wasHidden) {
      for (const room of entry.rooms) this.#apply(room, entry, occupancy => occupancy.hide(entry))
      this.#addHidden(this.#user(entry))
    }
  }

  /** The connection counts among its user's until its grace is over, but for its say in how he is seen. */
  close (entry: Entry): void {
    const { grace, clock } = this.#options
    const user = this.#user(entry)
    this.#connections--
    if (entry.status === 'invisible') user.hidden--
    for (const room of entry.rooms) this.#apply(room, entry, occupancy => occupancy.close(entry))
    if (grace === 0 || user.hidden > 0) this.#forget(user, entry)
    else user.closing.set(entry, clock.after(grace, () => this.#forget(user, entry)))
  }

  /** Drops everybody without a word, and every timer. */
  clear (): void {
    for (const { closing } of this.#users.values()) closing.forEach(cancel => cancel())
    this.#users.clear()
    this.#rooms.clear()
    this.#connections = 0
  }

  #show (room: string, entry: Entry): void {
    if (this.find(room, entry.userId) !== undefined) return this.#apply(room, entry, occupancy => occupancy.show(entry))
    const members = this.#rooms.get(room) ?? new Map<string, Occupancy>()
    this.#rooms.set(room, members.set(entry.userId, new Occupancy(entry, this.#options.clock.now())))
    this.#options.onChange('join', room, entry.userId)
  }

  #user ({ userId }: Entry): User {
    const user = this.#users.get(userId) ?? { entries: new Set(), closing: new Map(), hidden: 0 }
    this.#users.set(userId, user)
    return user
  }

  /** The grace is for accidents. Who hides means it, and is not to be seen by what he closed before. */
  #addHidden (user: User): void {
    user.hidden++
    for (const [entry, cancel] of user.closing) {
      cancel()
      this.#forget(user, entry)
    }
  }

  #forget (user: User, entry: Entry): void {
    user.closing.delete(entry)
    user.entries.delete(entry)
    for (const room of entry.rooms) this.#apply(room, entry, occupancy => occupancy.forget(entry))
    if (user.entries.size > 0) return
    this.#users.delete(entry.userId)
    this.#options.onGone(entry.userId)
  }

  /** Changes a user's place in a room, where he is seen there at all, and tells what came of it. */
  #apply (room: string, { userId }: Entry, change: (occupancy: Occupancy) => boolean): void {
    const occupancy = this.find(room, userId)
    if (occupancy === undefined) return
    const changed = change(occupancy)
    if (occupancy.empty) this.#remove(room, userId)
    else if (changed) this.#options.onChange('update', room, userId)
  }

  #remove (room: string, userId: string): void {
    const members = this.#rooms.get(room)
    members?.delete(userId)
    if (members?.size === 0) this.#rooms.delete(room)
    this.#options.onChange('leave', room, userId)
  }
}
