import { EVERYWHERE } from './checks.ts'
import type { Change } from './event-log.ts'
import { combine, readField, type Field, type Part } from './field.ts'
import type { Member, MemberList, PresenceEvent, UserPresence } from './interface.ts'
import type { LocalState } from './local-state.ts'
import type { RedisTime } from './redis-time.ts'

export interface ViewOptions {
  readonly state: LocalState
  readonly time: RedisTime
  readonly maxMembers: number
  /** Whether a node is or was this process. */
  readonly owns: (node: string) => boolean
}

/** Users as answers show them: by what Redis has and what this process knows better, or by the latter alone; with times by Redis's clock. */
export class View {
  readonly #options: ViewOptions

  constructor (options: ViewOptions) {
    this.#options = options
  }

  /** What this process says of a user in a room. */
  part (room: string, userId: string): Part | undefined {
    const { state: here, time } = this.#options
    const member = here.member(room, userId)
    if (member === undefined) return undefined
    const { state, since, connections, meta } = member
    const rooms = room === EVERYWHERE ? here.everyRoomOf(userId).filter(name => name !== EVERYWHERE) : []
    return { state, since: time.of(since), connections, meta, rooms }
  }

  /** `text`: the field in Redis. */
  member (room: string, userId: string, text: string | undefined): Member | undefined {
    const { state, time, owns } = this.#options
    const { parts, status } = text === undefined ? { parts: new Map<string, Part>() } as Field : readField(text)
    const own = this.part(room, userId)
    const others = [...parts].filter(([node]) => !owns(node))
    const known = status === undefined && text === undefined ? state.customStatus(userId) : status
    const all = new Map(own === undefined ? others : [...others, ['here', own]])
    return combine(userId, { parts: all, ...(known && { status: known }) }, time.now())
  }

  user (member: Member | undefined, lastSeen: number | null): UserPresence {
    const asOf = this.#options.time.now()
    if (member === undefined) return Object.freeze({ state: 'offline', ...(lastSeen !== null && { lastSeen }), asOf })
    const { state, connections, customStatus } = member
    return Object.freeze({ state, connections, ...(customStatus && { customStatus }), asOf })
  }

  list (members: Member[], total: number, source: MemberList['source']): MemberList {
    const { maxMembers, time } = this.#options
    const listed = members.sort((one, other) => one.since - other.since).slice(0, maxMembers)
    return Object.freeze({ members: Object.freeze(listed), total, complete: listed.length === total, asOf: time.now(), source })
  }

  localUser (userId: string, room: string): UserPresence {
    const { state, time } = this.#options
    return Object.freeze({ ...state.user(userId, room), asOf: time.now() })
  }

  localList (room: string): MemberList {
    const { state, time, maxMembers } = this.#options
    const list = state.list(room, maxMembers)
    return Object.freeze({ ...list, members: Object.freeze(list.members.map(member => this.#atRedisTime(member))), asOf: time.of(list.asOf) })
  }

  localEvent (change: Change): PresenceEvent {
    const base = { asOf: this.#options.time.of(change.asOf), id: 'local' }
    return Object.freeze(change.type === 'leave' ? { ...change, ...base } : { ...change, member: this.#atRedisTime(change.member), ...base })
  }

  #atRedisTime (member: Member): Member {
    return Object.freeze({ ...member, since: this.#options.time.of(member.since) })
  }
}
