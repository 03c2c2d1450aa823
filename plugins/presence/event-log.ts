import { randomBytes } from 'node:crypto'
import type { LeaveEvent, MemberEvent } from './interface.ts'

export type ChangeEvent = MemberEvent | LeaveEvent
/** An event before it has its place in the log. */
export type Change = Omit<MemberEvent, 'id'> | Omit<LeaveEvent, 'id'>

/** The last events of all rooms of this process, for those who come back, in the order of their ids. */
export class EventLog {
  readonly #capacity: number
  // Of this log alone: ids of another process, or from before a restart, are found to be foreign.
  readonly #prefix = `${randomBytes(6).toString('hex')}-`
  #events: ChangeEvent[] = []
  #last = 0

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  /** Of the newest event, also where there is none yet. */
  get lastId (): string {
    return `${this.#prefix}${this.#last}`
  }

  append (change: Change): ChangeEvent {
    this.#last++
    const event: ChangeEvent = Object.freeze({ ...change, id: this.lastId })
    this.#events.push(event)
    // By halves: to move all of them for each one would make a long log a slow one.
    if (this.#events.length >= 2 * this.#capacity) this.#events = this.#events.slice(-this.#capacity)
    return event
  }

  /** What came after an event in a room; undefined where that cannot be told any more. */
  since (id: string, room: string): ChangeEvent[] | undefined {
    const missed = this.#last - this.#position(id)
    if (!(missed >= 0 && missed <= this.#capacity)) return undefined
    return this.#events.slice(this.#events.length - missed).filter(event => event.room === room)
  }

  /** NaN for what is no id of this log. */
  #position (id: string): number {
    const digits = id.startsWith(this.#prefix) ? id.slice(this.#prefix.length) : ''
    return /^\d{1,15}$/.test(digits) ? Number(digits) : NaN
  }
}
