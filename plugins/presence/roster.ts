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

/** Who is in which room by the connections of this process. Knows neither Redis nor who looks at it: `onChange` tells. */
export class Roster {
  readonly #options: RosterOptions
  // Maps and sets throughout: an id may be `__proto__`.
  readonly #users = new Map<string, Set<Entry>>()
  readonly #rooms = new Map<string, Map<string, Occupancy>>()
  // What cancels the grace of each closed connection that is still among those of its user.
  readonly #closing = new Map<Entry, () => void>()
  #entries = 0

  constructor (options: RosterOptions) {
    this.#options = options
  }

  get sizes (): { connections: number, users: number, rooms: number } {
    return { connections: this.#entries - this.#closing.size, users: this.#users.size, rooms: this.#rooms.size }
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

  /** The rooms in which others see the user. */
  roomsOf (userId: string): string[] {
    const rooms = new Set<string>()
    this.#users.get(userId)?.forEach(entry => entry.rooms.forEach(room => rooms.add(room)))
    return [...rooms].filter(room => this.find(room, userId) !== undefined)
  }

  open (entry: Entry): void {
    const entries = this.#users.get(entry.userId) ?? new Set()
    this.#users.set(entry.userId, entries.add(entry))
    this.#entries++
    if (entry.status !== 'invisible') entry.rooms.forEach(room => this.#show(room, entry))
  }

  update (entry: Entry, changes: Pick<Entry, 'status' | 'meta'>): void {
    const wasVisible = entry.status !== 'invisible'
    Object.assign(entry, changes)
    for (const room of entry.rooms) {
      if (entry.status !== 'invisible') this.#show(room, entry)
      else if (wasVisible) this.#apply(room, entry, occupancy => occupancy.hide(entry))
    }
  }

  /** The connection counts until its grace is over, but for its say in how the user is seen. */
  close (entry: Entry): void {
    const { grace, clock } = this.#options
    for (const room of entry.rooms) this.#apply(room, entry, occupancy => occupancy.close(entry))
    if (grace === 0) this.#forget(entry)
    else this.#closing.set(entry, clock.after(grace, () => this.#forget(entry)))
  }

  /** Drops everybody without a word, and every timer. */
  clear (): void {
    for (const cancel of this.#closing.values()) cancel()
    for (const part of [this.#closing, this.#users, this.#rooms]) part.clear()
    this.#entries = 0
  }

  #show (room: string, entry: Entry): void {
    if (this.find(room, entry.userId) !== undefined) return this.#apply(room, entry, occupancy => occupancy.show(entry))
    const members = this.#rooms.get(room) ?? new Map<string, Occupancy>()
    this.#rooms.set(room, members.set(entry.userId, new Occupancy(entry, this.#options.clock.now())))
    this.#options.onChange('join', room, entry.userId)
  }

  #forget (entry: Entry): void {
    const { userId, rooms } = entry
    this.#closing.delete(entry)
    this.#entries--
    const entries = this.#users.get(userId)
    entries?.delete(entry)
    for (const room of rooms) this.#apply(room, entry, occupancy => { occupancy.forget(entry); return false })
    if (entries?.size !== 0) return
    this.#users.delete(userId)
    this.#options.onGone(userId)
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
