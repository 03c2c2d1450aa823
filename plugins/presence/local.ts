import { Broadcast } from './broadcast.ts'
import { checkConnection, checkCustomStatus, checkMeta, checkRoom, checkSignal, checkStatus, checkUserId, checkWatch, EVERYWHERE } from './checks.ts'
import type { WithDefaults } from '../../lib/options.ts'
import type { PresenceClock } from './clock.ts'
import { Connections } from './connections.ts'
import { InvalidRoomError, InvalidUserIdError } from './errors.ts'
import type {
  Connection, CustomStatus, MemberCount, MemberList, NewConnection, Presence, PresenceEvent, PresenceStats, UserPresence, WatchOptions
} from './interface.ts'
import { LocalState } from './local-state.ts'
import { checkLocalOptions, type LocalPresenceOptions } from './options.ts'

/** Presence and its end, which is its owner's to bring about. */
export interface LocalPresence extends Presence {
  /** Ends all watches, and each new one at once; all else goes on, for the requests that still run. */
  endWatches (): void
  /** Drops everybody without events, and every timer. From then on `connect` throws and nobody is known. */
  close (): void
}

/** Presence by the connections of this process. Of others it knows nothing, and says so. */
export function createLocalPresence (options: LocalPresenceOptions = {}): LocalPresence {
  return new ProcessPresence(checkLocalOptions(options))
}

class ProcessPresence implements LocalPresence {
  readonly enabled = false
  readonly #clock: PresenceClock
  readonly #everywhere: boolean
  readonly #maxMembers: number
  readonly #state: LocalState
  readonly #connections: Connections
  readonly #broadcast: Broadcast

  constructor ({ grace, everywhere, maxMembers, backlog, clock }: WithDefaults<LocalPresenceOptions>) {
    this.#clock = clock
    this.#everywhere = everywhere
    this.#maxMembers = maxMembers
    this.#state = new LocalState({ grace, clock, onChange: change => this.#broadcast.publish(change) })
    this.#connections = new Connections(this.#state)
    this.#broadcast = new Broadcast({ backlog, list: room => this.#state.list(room, maxMembers) })
  }

  connect (connection: NewConnection): Connection {
    checkConnection(connection)
    const { userId, room, status = 'online', meta, signal } = connection
    checkUserId('connect', userId)
    const name = this.#room('connect', room)
    checkStatus('connect', status)
    const checked = meta === undefined ? undefined : checkMeta('connect', meta)
    const rooms = name !== EVERYWHERE && this.#everywhere ? [name, EVERYWHERE] : [name]
    return this.#connections.open({ userId, rooms, status, meta: checked }, signal)
  }

  async list (room?: string): Promise<MemberList> {
    return this.#state.list(this.#room('list', room), this.#maxMembers)
  }

  async count (room?: string): Promise<MemberCount> {
    return Object.freeze({ total: this.#state.total(this.#room('count', room)), asOf: this.#clock.now(), source: 'local' })
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

  async signal (room: string, userId: string, name: string): Promise<boolean> {
    const target = this.#room('signal', room)
    checkUserId('signal', userId)
    checkSignal(name)
    this.#broadcast.signal(target, userId, name, this.#clock.now())
    return true
  }

  watch (room: string, options: WatchOptions): AsyncIterable<PresenceEvent> {
    checkWatch(options)
    return this.#broadcast.watch(this.#room('watch', room), options)
  }

  stats (): PresenceStats {
    return Object.freeze({ ...this.#state.sizes, ...this.#broadcast.figures(), commands: 0, roundTrips: 0 })
  }

  endWatches (): void {
    this.#broadcast.end()
  }

  close (): void {
    this.#connections.end()
    this.#broadcast.end()
    this.#state.clear()
  }

  #room (call: string, room: string = EVERYWHERE): string {
    checkRoom(call, room)
    if (room === EVERYWHERE && !this.#everywhere) throw new InvalidRoomError(call, 'name a room: with everywhere: false there is no room *')
    return room
  }
}
