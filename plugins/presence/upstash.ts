import type { FastifyBaseLogger } from 'fastify'
import { inTime } from '../../lib/in-time.ts'
import type { WithDefaults } from '../../lib/options.ts'
import type { UpstashClient } from '../upstash-client/index.ts'
import { CheckedPresence, type ClosablePresence } from './checked.ts'
import { EVERYWHERE } from './checks.ts'
import { Connections } from './connections.ts'
import type { Engine } from './engine.ts'
import { signalText } from './entry-feed.ts'
import type { Change } from './event-log.ts'
import { readField, writePart } from './field.ts'
import type {
  Connection, CustomStatus, MemberCount, MemberList, PresenceEvent, PresenceStats, UserPresence, WatchOptions
} from './interface.ts'
import { LocalState } from './local-state.ts'
import { Names } from './names.ts'
import { Node } from './node.ts'
import type { Entry } from './occupancy.ts'
import type { PresencePluginOptions } from './options.ts'
import { RedisTime } from './redis-time.ts'
import { PresenceStore } from './store.ts'
import { View } from './view.ts'
import { WatchedRooms } from './watched-rooms.ts'

const HOUR = 3_600_000

/** Presence of all processes that share a Redis. `options` are checked. */
export function createUpstashPresence (client: UpstashClient, log: FastifyBaseLogger, options: WithDefaults<PresencePluginOptions>): ClosablePresence {
  return new CheckedPresence(new UpstashEngine(client, log, options), options.everywhere)
}

class UpstashEngine implements Engine {
  readonly enabled = true
  readonly #options: WithDefaults<PresencePluginOptions>
  readonly #time: RedisTime
  readonly #store: PresenceStore
  readonly #state: LocalState
  readonly #view: View
  readonly #connections: Connections
  readonly #node: Node
  readonly #rooms: WatchedRooms
  /** Milliseconds. */
  readonly #timeLimit: number
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor (client: UpstashClient, log: FastifyBaseLogger, options: WithDefaults<PresencePluginOptions>) {
    const { clock, grace, backlog, beat, window, lease, keyPrefix, everywhere, lastSeen, maxMembers } = this.#options = options
    const names = new Names(keyPrefix)
    this.#timeLimit = client.timeLimit
    this.#time = new RedisTime(clock)
    this.#store = new PresenceStore(client, {
      lease, backlog, names, everywhere: everywhere ? EVERYWHERE : undefined, lastSeen: { users: lastSeen.users, age: lastSeen.hours * HOUR }
    })
    this.#state = new LocalState({ grace, clock, onChange: (change, isOfStatus) => this.#changed(change, isOfStatus) })
    this.#view = new View({ state: this.#state, time: this.#time, maxMembers, owns: node => this.#node.owns(node) })
    this.#connections = new Connections(this.#state)
    this.#rooms = new WatchedRooms({
      clock,
      time: this.#time,
      client,
      store: this.#store,
      channel: names.channel,
      backlog,
      list: (members, total, source) => this.#view.list(members, total, source),
      local: room => this.#view.localList(room),
      onFirst: () => this.#node.wake()
    })
    this.#node = new Node({
      store: this.#store,
      clock,
      time: this.#time,
      log,
      beat,
      lease,
      timeLimit: client.timeLimit,
      window,
      everywhere: EVERYWHERE,
      holdings: {
        everyone: () => this.#state.everyone(),
        has: room => this.#state.total(room) > 0,
        part: (room, userId) => {
          const part = this.#view.part(room, userId)
          return part && writePart(part)
        },
        status: userId => this.#statusOf(userId)
      },
      isWatched: () => !this.#rooms.isEmpty,
      lastEntry: () => this.#rooms.lastEntry,
      onBeat: (beat, since) => this.#rooms.onBeat(beat, since),
      onAway: () => this.#rooms.away(),
      onBack: () => this.#rooms.back()
    })
  }

  open (entry: Entry, signal: AbortSignal | undefined): Connection {
    return this.#connections.open(entry, signal)
  }

  async list (room: string): Promise<MemberList> {
    const fields = await this.#asked([], async () => await this.#store.members(room))
    if (fields === undefined) return this.#view.localList(room)
    const here = this.#state.usersOf(room)
    const userIds = new Set([...fields.keys(), ...here])
    const members = [...userIds].flatMap(userId => this.#view.member(room, userId, fields.get(userId)) ?? [])
    return this.#view.list(members, members.length, 'redis')
  }

  async count (room: string): Promise<MemberCount> {
    const total = await this.#asked([room], async () => await this.#store.count(room))
    if (total === undefined) return Object.freeze({ total: this.#state.total(room), asOf: this.#time.now(), source: 'local' })
    return Object.freeze({ total, asOf: this.#time.now(), source: 'redis' })
  }

  async users (userIds: readonly string[], room: string): Promise<Map<string, UserPresence>> {
    if (userIds.length === 0) return new Map()
    const users = await this.#asked([], async () => await this.#store.users(room, userIds))
    return new Map(userIds.map((userId, index) => {
      const found = users?.[index]
      if (found === undefined) return [userId, this.#view.localUser(userId, room)]
      const member = this.#view.member(room, userId, found.text ?? undefined)
      return [userId, this.#view.user(member, found.seen)]
    }))
  }

  async setCustomStatus (userId: string, status: CustomStatus | null): Promise<boolean> {
    const isHere = this.#state.setCustomStatus(userId, status)
    const rooms = this.#state.everyRoomOf(userId)
    const isThere = await this.#inOrder(userId, async () => await this.#asked(rooms, async () => {
      const [found] = this.#options.everywhere ? await this.#store.users(EVERYWHERE, [userId]) : []
      const elsewhere = [...readField(String(found?.text)).parts.values()].flatMap(part => part.rooms)
      const all = new Set([...rooms, ...elsewhere, ...(this.#options.everywhere ? [EVERYWHERE] : [])])
      return all.size > 0 && await this.#store.setStatus(userId, status === null ? undefined : this.#stored(status), [...all])
    }))
    // Where Redis cannot be asked, it is written with what else is to be told.
    if (isThere === undefined) for (const room of rooms) this.#node.changed(room, userId, status === null ? '-' : `=${this.#stored(status)}`)
    return isHere || isThere === true
  }

  async signal (room: string, userId: string, name: string): Promise<boolean> {
    const isTold = await this.#store.publish(signalText(room, userId, name)).then(() => true, () => false)
    // Those who watch here need no Redis.
    if (!isTold) this.#rooms.pushSignal(room, userId, name)
    return isTold
  }

  watch (room: string, options: WatchOptions): AsyncIterable<PresenceEvent> {
    return this.#rooms.watch(room, options)
  }

  stats (): PresenceStats {
    return Object.freeze({ ...this.#state.sizes, ...this.#rooms.figures(), ...this.#store.figures })
  }

  endWatches (): void {
    this.#rooms.end()
  }

  async close (): Promise<void> {
    this.#connections.end()
    this.#rooms.end()
    await this.#node.close()
    this.#state.clear()
  }

  #changed (change: Change, isOfStatus: boolean): void {
    const userId = change.type === 'leave' ? change.userId : change.member.userId
    // A custom status is written by itself: it is the user's, and not this process's.
    if (!isOfStatus) {
      this.#node.changed(change.room, userId, change.type === 'join' ? this.#statusOf(userId) : '')
      // What is written there names the rooms, and has his custom status for a room that he comes into.
      if (change.type !== 'update' && this.#options.everywhere && change.room !== EVERYWHERE && this.#state.member(EVERYWHERE, userId)) this.#node.changed(EVERYWHERE, userId)
    }
    this.#rooms.pushLocal(this.#view.localEvent(change))
  }

  #statusOf (userId: string): string {
    const status = this.#state.customStatus(userId)
    return status === undefined ? '' : `?${this.#stored(status)}`
  }

  /** Undefined where Redis cannot be asked, or not within a call's time limit. What waits of the rooms is written first. */
  async #asked<T> (rooms: readonly string[], ask: () => Promise<T>): Promise<T | undefined> {
    const steps = async (): Promise<T | undefined> => {
      await this.#node.settleRooms(rooms)
      await this.#node.sweep()
      return this.#node.isAway ? undefined : await ask().catch(() => undefined)
    }
    return await inTime(this.#timeLimit, steps())
  }

  /** What is done for a user, one after the other: a later request may overtake an earlier one. */
  async #inOrder<T> (userId: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(userId) ?? Promise.resolve()).then(run)
    this.#turns.set(userId, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(userId) === turn) this.#turns.delete(userId)
    }
  }

  /** With the end by Redis's clock. */
  #stored (status: CustomStatus): string {
    const { expiresAt } = status
    return JSON.stringify(expiresAt === undefined ? status : { ...status, until: this.#time.of(expiresAt) })
  }
}
