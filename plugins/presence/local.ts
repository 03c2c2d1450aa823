import type { WithDefaults } from '../../lib/options.ts'
import { Broadcast } from './broadcast.ts'
import { CheckedPresence, type ClosablePresence } from './checked.ts'
import type { PresenceClock } from './clock.ts'
import { Connections } from './connections.ts'
import type { Engine } from './engine.ts'
import type { Connection, CustomStatus, MemberCount, MemberList, PresenceEvent, PresenceStats, UserPresence, WatchOptions } from './interface.ts'
import { LocalState } from './local-state.ts'
import type { Entry } from './occupancy.ts'
import { checkLocalOptions, type LocalPresenceOptions } from './options.ts'

/** Presence by the connections of this process. Of others it knows nothing, and says so. */
export function createLocalPresence (options: LocalPresenceOptions = {}): ClosablePresence {
  const checked = checkLocalOptions(options)
  return new CheckedPresence(new LocalEngine(checked), checked.everywhere)
}

class LocalEngine implements Engine {
  readonly enabled = false
  readonly #clock: PresenceClock
  readonly #maxMembers: number
  readonly #state: LocalState
  readonly #connections: Connections
  readonly #broadcast: Broadcast

  constructor ({ grace, maxMembers, backlog, clock }: WithDefaults<LocalPresenceOptions>) {
    this.#clock = clock
    this.#maxMembers = maxMembers
    this.#state = new LocalState({ grace, clock, onChange: change => this.#broadcast.publish(change) })
    this.#connections = new Connections(this.#state)
    this.#broadcast = new Broadcast({ backlog, list: room => this.#state.list(room, maxMembers) })
  }

  open (entry: Entry, signal: AbortSignal | undefined): Connection {
    return this.#connections.open(entry, signal)
  }

  async list (room: string): Promise<MemberList> {
    return this.#state.list(room, this.#maxMembers)
  }

  async count (room: string): Promise<MemberCount> {
    return Object.freeze({ total: this.#state.total(room), asOf: this.#clock.now(), source: 'local' })
  }

  async users (userIds: readonly string[], room: string): Promise<Map<string, UserPresence>> {
    return new Map(userIds.map(userId => [userId, this.#state.user(userId, room)]))
  }

  async setCustomStatus (userId: string, status: CustomStatus | null): Promise<boolean> {
    return this.#state.setCustomStatus(userId, status)
  }

  async signal (room: string, userId: string, name: string): Promise<boolean> {
    this.#broadcast.signal(room, userId, name, this.#clock.now())
    return true
  }

  watch (room: string, options: WatchOptions): AsyncIterable<PresenceEvent> {
    return this.#broadcast.watch(room, options)
  }

  stats (): PresenceStats {
    return Object.freeze({ ...this.#state.sizes, ...this.#broadcast.figures(), commands: 0, roundTrips: 0 })
  }

  endWatches (): void {
    this.#broadcast.end()
  }

  async close (): Promise<void> {
    this.#connections.end()
    this.#broadcast.end()
    this.#state.clear()
  }
}
