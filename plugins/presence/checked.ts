import { checkConnection, checkCustomStatus, checkMeta, checkRoom, checkSignal, checkStatus, checkUserId, checkWatch, EVERYWHERE } from './checks.ts'
import type { Engine } from './engine.ts'
import { InvalidRoomError, InvalidUserIdError } from './errors.ts'
import type {
  Connection, CustomStatus, MemberCount, MemberList, NewConnection, Presence, PresenceEvent, PresenceStats, UserPresence, WatchOptions
} from './interface.ts'

/** Presence and its end, which is its owner's to bring about. */
export interface ClosablePresence extends Presence {
  /** Ends all watches, and each new one at once; all else goes on, for the requests that still run. */
  endWatches (): void
  /** Ends every connection, timer and stream. From then on `connect` throws and nobody is known. */
  close (): Promise<void>
}

/** What every implementation asks of its callers, in one place. */
export class CheckedPresence implements ClosablePresence {
  readonly #engine: Engine
  readonly #everywhere: boolean

  constructor (engine: Engine, everywhere: boolean) {
    this.#engine = engine
    this.#everywhere = everywhere
  }

  get enabled (): boolean { return this.#engine.enabled }

  connect (connection: NewConnection): Connection {
    checkConnection(connection)
    const { userId, room, status = 'online', meta, signal } = connection
    checkUserId('connect', userId)
    const name = this.#room('connect', room)
    checkStatus('connect', status)
    const checked = meta === undefined ? undefined : checkMeta('connect', meta)
    const rooms = name !== EVERYWHERE && this.#everywhere ? [name, EVERYWHERE] : [name]
    return this.#engine.open({ userId, rooms, status, meta: checked }, signal)
  }

  async list (room?: string): Promise<MemberList> {
    return await this.#engine.list(this.#room('list', room))
  }

  async count (room?: string): Promise<MemberCount> {
    return await this.#engine.count(this.#room('count', room))
  }

  async get (userId: string, room?: string): Promise<UserPresence> {
    checkUserId('get', userId)
    const users = await this.#engine.users([userId], this.#room('get', room))
    return [...users.values()][0] as UserPresence
  }

  async getMany (userIds: readonly string[], room?: string): Promise<Map<string, UserPresence>> {
    if (!Array.isArray(userIds)) throw new InvalidUserIdError('getMany')
    for (const userId of userIds) checkUserId('getMany', userId)
    return await this.#engine.users(userIds, this.#room('getMany', room))
  }

  async setCustomStatus (userId: string, status: CustomStatus | null): Promise<boolean> {
    checkUserId('setCustomStatus', userId)
    return await this.#engine.setCustomStatus(userId, status === null ? null : checkCustomStatus(status))
  }

  async signal (room: string, userId: string, name: string): Promise<boolean> {
    const target = this.#room('signal', room)
    checkUserId('signal', userId)
    checkSignal(name)
    return await this.#engine.signal(target, userId, name)
  }

  watch (room: string, options: WatchOptions): AsyncIterable<PresenceEvent> {
    checkWatch(options)
    return this.#engine.watch(this.#room('watch', room), options)
  }

  stats (): PresenceStats {
    return this.#engine.stats()
  }

  endWatches (): void {
    this.#engine.endWatches()
  }

  async close (): Promise<void> {
    await this.#engine.close()
  }

  #room (call: string, room: string = EVERYWHERE): string {
    checkRoom(call, room)
    if (room === EVERYWHERE && !this.#everywhere) throw new InvalidRoomError(call, 'name a room: with everywhere: false there is no room *')
    return room
  }
}
