import { randomUUID } from 'node:crypto'
import { Broadcast } from './broadcast.ts'
import { checkCustomStatus, checkMeta, checkRoom, checkStatus, checkUserId, checkWatch, EVERYWHERE } from './checks.ts'
import { systemClock, type PresenceClock } from './clock.ts'
import { InvalidRoomError, InvalidUserIdError, PresenceClosedError } from './errors.ts'
import type {
  Connection, CustomStatus, MemberCount, MemberList, NewConnection, Presence, PresenceEvent, PresenceStats, UserPresence, WatchOptions
} from './interface.ts'
import { LocalState } from './local-state.ts'
import type { Entry } from './occupancy.ts'

export interface LocalPresenceOptions {
  /** Milliseconds that a user stays after his last connection was closed, so that a reload is no leave; 0: none. Default 5,000. */
  readonly grace?: number | undefined
  /** Whether every connection is in the room `*` too, which is what calls without a room ask. Default true. */
  readonly everywhere?: boolean | undefined
  /** Most members that a list or a snapshot holds. Default 10,000. */
  readonly maxMembers?: number | undefined
  /** Events kept for watches that come back, and the most that wait for a slow reader. Default 1,000. */
  readonly backlog?: number | undefined
  /** For tests. Default: the process's clock and timers. */
  readonly clock?: PresenceClock | undefined
}

/** Presence and its end, which is its owner's to bring about. */
export interface LocalPresence extends Presence {
  /** Ends all watches, and each new one at once; all else goes on, for the requests that still run. */
  endWatches (): void
  /** Drops everybody without events, and every timer. From then on `connect` throws and nobody is known. */
  close (): void
}

/** Presence by the connections of this process. Of others it knows nothing, and says so. */
export function createLocalPresence (options: LocalPresenceOptions = {}): LocalPresence {
  return new ProcessPresence(options)
}

class ProcessPresence implements LocalPresence {
  readonly enabled = false
  readonly #clock: PresenceClock
  readonly #everywhere: boolean
  readonly #maxMembers: number
  readonly #state: LocalState
  readonly #broadcast: Broadcast
  #closed = false

  constructor ({ grace = 5000, everywhere = true, maxMembers = 10_000, backlog = 1000, clock = systemClock }: LocalPresenceOptions) {
    this.#clock = clock
    this.#everywhere = everywhere
    this.#maxMembers = maxMembers
    this.#state = new LocalState({ grace, clock, onChange: change => this.#broadcast.publish(change) })
    this.#broadcast = new Broadcast({ backlog, list: room => this.#state.list(room, maxMembers) })
  }

  connect ({ userId, room, status = 'online', meta }: NewConnection): Connection {
    checkUserId('connect', userId)
    const name = this.#room('connect', room)
    checkStatus('connect', status)
    const checked = meta === undefined ? undefined : checkMeta('connect', meta)
    if (this.#closed) throw new PresenceClosedError()
    const rooms = name !== EVERYWHERE && this.#everywhere ? [name, EVERYWHERE] : [name]
    return this.#connection({ userId, rooms, status, meta: checked })
  }

  async list (room?: string): Promise<MemberList> {
    return this.#state.list(this.#room('list', room), this.#maxMembers)
  }

  async count (room?: string): Promise<MemberCount> {
    return { total: this.#state.total(this.#room('count', room)), asOf: this.#clock.now(), source: 'local' }
  }

  async get (userId: string, room?: string): Promise<UserPresence> {
    checkUserId('get', userId)
    return this.#state.user(userId, this.#room('get', room))
  }

  async getMany (userIds: readonly string[], room?: string): Promise<Map<string, UserPresence>> {
    if (!Array.isArray(userIds)) throw new InvalidUserIdError('getMany')
    for (const userId of userIds) checkUserId('getMany', userId)
    const name = this.#room('getMany', room)
    return new Map(userIds.map(userId => [userId, this.#state.user(userId, name)]))
  }

  async setCustomStatus (userId: string, status: CustomStatus | null): Promise<boolean> {
    checkUserId('setCustomStatus', userId)
    return this.#state.setCustomStatus(userId, status === null ? null : checkCustomStatus(status))
  }

  watch (room: string, options: WatchOptions): AsyncIterable<PresenceEvent> {
    checkWatch(options)
    return this.#broadcast.watch(this.#room('watch', room), options)
  }

  stats (): PresenceStats {
    return { ...this.#state.sizes, ...this.#broadcast.figures(), commands: 0, roundTrips: 0 }
  }

  endWatches (): void {
    this.#broadcast.end()
  }

  close (): void {
    this.#closed = true
    this.#broadcast.end()
    this.#state.clear()
  }

  /** Answers what its owner holds. Its methods need no `this`, so that they can be handlers of events. */
  #connection (entry: Entry): Connection {
    let open = true
    this.#state.open(entry)
    return Object.freeze({
      id: randomUUID(),
      update: ({ status = entry.status, meta }) => {
        checkStatus('update', status)
        const changes = { status, meta: meta === undefined ? entry.meta : checkMeta('update', meta) }
        // A message that arrives after its socket closed is ordinary.
        if (open && !this.#closed) this.#state.update(entry, changes)
      },
      close: () => {
        if (open && !this.#closed) this.#state.close(entry)
        open = false
      }
    } satisfies Connection)
  }

  #room (call: string, room: string = EVERYWHERE): string {
    checkRoom(call, room)
    if (room === EVERYWHERE && !this.#everywhere) throw new InvalidRoomError(call, 'name a room: with everywhere: false there is no room *')
    return room
  }
}
