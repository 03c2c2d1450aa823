import { hash, randomBytes } from 'node:crypto'
import type { LeaveEvent, MemberEvent } from './interface.ts'

export type ChangeEvent = MemberEvent | LeaveEvent
/** An event before it has its place in the log. */
export type Change = Omit<MemberEvent, 'id'> | Omit<LeaveEvent, 'id'>

/** The last events of all rooms of this process, for those who come back, in the order of their ids. */
export class EventLog {
  readonly #capacity: number
  // Of this log alone: ids of another process, or from before a restart, are found to be foreign. The room's part of an id does the
  // same for rooms: who comes to a room with the id of another one knows nothing of it yet.
  readonly #prefix = `${randomBytes(6).toString('hex')}-`
  #events: ChangeEvent[] = []
  #last = 0

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  /** Of the newest event, as a reader of this room is to give it back; also where there is none yet. */
  lastId (room: string): string {
    return `${this.#prefixIn(room)}${this.#last}`
  }

  append (change: Change): ChangeEvent {
    this.#last++
    const event: ChangeEvent = Object.freeze({ ...change, id: this.lastId(change.room) })
    this.#events.push(event)
    // By halves: to move all of them for each one would make a long log a slow one.
    if (this.#events.length >= 2 * this.#capacity) this.#events = this.#events.slice(-this.#capacity)
    return event
  }

  /** What came after an event of a room; undefined where that cannot be told any more. */
  since (id: string, room: string): ChangeEvent[] | undefined {
    const missed = this.#last - this.#position(id, room)
    if (!(missed >= 0 && missed <= this.#capacity)) return undefined
    return this.#events.slice(this.#events.length - missed).filter(event => event.room === room)
  }

  /** NaN for what is no id of this log and room. */
  #position (id: string, room: string): number {
    const prefix = this.#prefixIn(room)
    const digits = id.startsWith(prefix) ? id.slice(prefix.length) : ''
    return /^\d{1,15}$/.test(digits) ? Number(digits) : NaN
  }

  /** A hash, since a room may be any text of 128 bytes and an id travels in a header. */
  #prefixIn (room: string): string {
    return `${this.#prefix}${hash('sha1', room).slice(0, 10)}-`
  }
}
