import { LONGEST_TIMER, type PresenceClock } from './clock.ts'
import { eventId, isAfter, timeOf, type Position, type StreamEntry } from './entry.ts'
import { combine, looksSame, readField } from './field.ts'
import type { Member, MemberList, PresenceEvent, SnapshotEvent } from './interface.ts'
import type { RedisTime } from './redis-time.ts'
import type { Watch } from './watch.ts'

/** A user as the watches know him. */
interface Seen {
  readonly member: Member
  readonly text: string
  /** When his custom status ends, by Redis's clock. */
  readonly until: number
}

export interface WatchedRoomOptions {
  readonly room: string
  readonly clock: PresenceClock
  readonly time: RedisTime
  /** What is listed of so many members, as a snapshot has it. */
  readonly list: (members: Member[], total: number, source: MemberList['source']) => MemberList
  /** The room as this process alone knows it. */
  readonly local: () => MemberList
  /** Up to which entry all rooms are known; undefined before there is a beginning. */
  readonly lastEntry: () => string | undefined
  readonly onEvent: (event: PresenceEvent) => void
}

/** A room that is watched in this process: its state as of an entry of the stream, from which each event follows. */
export class WatchedRoom {
  readonly watches = new Set<Watch>()
  /** Those that wait for their first event. */
  readonly beginning = new Set<Watch>()
  readonly room: string
  readonly #options: WatchedRoomOptions
  /** By Redis, by this process alone while Redis cannot be asked, or neither yet. */
  #source: MemberList['source'] | undefined
  #last = '0-0'
  #seen = new Map<string, Seen>()
  #wakeAt = Infinity
  #cancel = () => {}

  constructor (options: WatchedRoomOptions) {
    this.#options = options
    this.room = options.room
  }

  get source (): MemberList['source'] | undefined { return this.#source }

  /** The state as of an entry. */
  load (last: string, fields: ReadonlyMap<string, string>): void {
    this.#source = 'redis'
    this.#last = last
    this.#seen.clear()
    this.#wake(Infinity)
    for (const [userId, text] of fields) this.#note(userId, text)
  }

  /** From now on what this process knows by itself. */
  loadLocal (): void {
    this.#source = 'local'
    this.#seen.clear()
    this.#wake(Infinity)
  }

  snapshot (): SnapshotEvent {
    const { room, list, local } = this.#options
    if (this.#source !== 'redis') return Object.freeze({ type: 'snapshot', room, ...local(), id: 'local' })
    const members = [...this.#seen.values()].map(({ member }) => member)
    return Object.freeze({ type: 'snapshot', room, ...list(members, members.length, 'redis'), id: this.#lastId() })
  }

  /** What an entry means for those who have watched until now. */
  apply (entry: StreamEntry): void {
    if (this.#source !== 'redis' || !isAfter(entry.id, this.#last)) return
    this.#last = entry.id
    entry.changes.forEach(([room, userId, , text], index) => {
      if (room !== this.room) return
      const before = this.#seen.get(userId)?.member
      const after = this.#note(userId, text)
      this.#tell(before, after, { entry: entry.id, index })
    })
  }

  /** What entries mean for somebody who knew the room as of a position; the field before stands in for what he knew. */
  missed (entries: readonly StreamEntry[], from: Position): PresenceEvent[] {
    const now = this.#options.time.now()
    const view = (userId: string, text: string | false) => text === false ? undefined : combine(userId, readField(text), now)
    const events = entries.filter(({ id }) => !isAfter(id, this.#last)).flatMap(({ id, changes }) => changes.flatMap(([room, userId, before, after], index) => {
      if (room !== this.room || (id === from.entry && index <= from.index)) return []
      return eventOf(room, view(userId, before), view(userId, after), { entry: id, index }) ?? []
    }))
    return [...events, ...this.#ended(timeOf(from.entry), now)]
  }

  signal (userId: string, name: string): void {
    const { room, time, onEvent } = this.#options
    if (this.#source !== undefined) onEvent(Object.freeze({ type: 'signal', room, userId, name, asOf: time.now(), id: this.#lastId() }))
  }

  /** Of what happens while Redis cannot be asked: an id to go on from would mean nothing later. */
  pushLocal (event: PresenceEvent): void {
    if (this.#source === 'local') this.#options.onEvent(event)
  }

  close (): void {
    this.#cancel()
  }

  /** Whose custom status ended meanwhile, which no entry tells. */
  #ended (since: number, now: number): PresenceEvent[] {
    const id = this.#lastId()
    return [...this.#seen.values()].flatMap(({ member, text }) => {
      const { until = Infinity } = readField(text).status ?? {}
      return until > since && until <= now ? Object.freeze({ type: 'update' as const, room: this.room, member, asOf: until, id }) : []
    })
  }

  /** Of the last entry of all rooms: that of a quiet room would soon be forgotten. */
  #lastId (): string {
    if (this.#source !== 'redis') return 'local'
    const { lastEntry } = this.#options
    const last = lastEntry() ?? this.#last
    return this.#idOf({ entry: isAfter(this.#last, last) ? this.#last : last, index: Infinity })
  }

  #idOf (position: Position): string {
    return eventId(this.room, position)
  }

  #note (userId: string, text: string | false): Member | undefined {
    const field = text === false ? undefined : readField(text)
    const member = field && combine(userId, field, this.#options.time.now())
    if (member === undefined || text === false) {
      this.#seen.delete(userId)
      return undefined
    }
    const until = member.customStatus === undefined ? Infinity : field?.status?.until ?? Infinity
    this.#seen.set(userId, { member, text, until })
    if (until < this.#wakeAt) this.#wake(until)
    return member
  }

  #tell (before: Member | undefined, after: Member | undefined, position: Position): void {
    const event = eventOf(this.room, before, after, position)
    if (event !== undefined) this.#options.onEvent(event)
  }

  /** One timer for all, at the first end of a custom status: nobody writes that one has ended. */
  #wake (at: number): void {
    const { clock, time } = this.#options
    this.#cancel()
    this.#wakeAt = at
    if (at !== Infinity) this.#cancel = clock.after(Math.min(Math.max(at - time.now(), 1), LONGEST_TIMER), () => this.#expire())
  }

  #expire (): void {
    const now = this.#options.time.now()
    this.#wake(Infinity)
    for (const [userId, { member, text, until }] of this.#seen) {
      if (until <= now) this.#tell(member, this.#note(userId, text), { entry: this.#last, index: Infinity })
      else if (until < this.#wakeAt) this.#wake(until)
    }
  }
}

/** Undefined where nobody would see a difference. */
function eventOf (room: string, before: Member | undefined, after: Member | undefined, position: Position): PresenceEvent | undefined {
  const base = { room, asOf: timeOf(position.entry), id: eventId(room, position) }
  if (before === undefined) return after && Object.freeze({ type: 'join', member: after, ...base })
  if (after === undefined) return Object.freeze({ type: 'leave', userId: before.userId, ...base })
  return looksSame(before, after) ? undefined : Object.freeze({ type: 'update', member: after, ...base })
}
