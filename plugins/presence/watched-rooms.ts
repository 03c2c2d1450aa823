import type { MemberList, PresenceEvent, PresenceStats, WatchOptions } from './interface.ts'
import type { Subscription, UpstashClient } from '../upstash-client/index.ts'
import type { PresenceClock } from './clock.ts'
import { readEntry, readEventId, type Position, type StreamEntry } from './entry.ts'
import { EntryLog, isWhole } from './entry-log.ts'
import type { RedisTime } from './redis-time.ts'
import type { Beat, PresenceStore } from './store.ts'
import { Watch } from './watch.ts'
import { WatchedRoom, type WatchedRoomOptions } from './watched-room.ts'

export interface WatchedRoomsOptions extends Pick<WatchedRoomOptions, 'clock' | 'time' | 'list'> {
  readonly clock: PresenceClock
  readonly time: RedisTime
  readonly client: UpstashClient
  readonly store: PresenceStore
  readonly channel: string
  readonly backlog: number
  /** A room as this process alone knows it. */
  readonly local: (room: string) => MemberList
  /** The first watch of all has begun. */
  readonly onFirst: () => void
}

type Figures = Pick<PresenceStats, 'watches' | 'events' | 'signals' | 'snapshots' | 'dropped'>

/** Begins a message that is no entry of the stream. */
const SIGNAL = '!'

/**
 * The rooms that are watched in this process, over one subscription. What a subscription may miss, the beats find: they read the stream
 * from the last entry on.
 */
export class WatchedRooms {
  readonly #options: WatchedRoomsOptions
  readonly #rooms = new Map<string, WatchedRoom>()
  readonly #loads = new Map<string, Promise<void>>()
  readonly #log: EntryLog
  readonly #events = { join: 0, leave: 0, update: 0 }
  readonly #snapshots = { total: 0, resent: 0 }
  #signals = 0
  #total = 0
  #resumed = 0
  #dropped = 0
  #subscription: Subscription | undefined
  /** What arrives while a hole before it is being filled. */
  #held: StreamEntry[] | undefined
  /** An entry that a beat found before the subscription told it. */
  #overdue: string | undefined
  #isAway = false
  #hasEnded = false

  constructor (options: WatchedRoomsOptions) {
    this.#options = options
    this.#log = new EntryLog(options.backlog)
  }

  get isEmpty (): boolean { return this.#rooms.size === 0 }
  get lastEntry (): string | undefined { return this.#log.last }

  watch (room: string, { signal, lastEventId }: WatchOptions): AsyncIterable<PresenceEvent> {
    const feed = {
      backlog: this.#options.backlog,
      open: (watch: Watch) => this.#open(watch, room, lastEventId),
      resend: () => { this.#snapshots.resent++; return this.#snapshot(this.#room(room)) },
      dropped: (events: number) => { this.#dropped += events },
      close: (watch: Watch) => this.#close(watch, room)
    }
    return { [Symbol.asyncIterator]: () => new Watch(feed, signal) }
  }

  /** What a beat read from an entry on. */
  onBeat ({ entries }: Beat, since: string | undefined): void {
    // A beat went through: what could not be loaded then, can be now.
    if (!this.#isAway) for (const room of this.#rooms.values()) if (room.source === 'local') this.#reload(room)
    if (since === undefined) return
    const { backlog } = this.#options
    // Not told by now, although it was overdue a beat ago: the subscription is deaf.
    if (this.#overdue !== undefined) this.#subscribe()
    if (!isWhole(entries, since, backlog)) return this.#reloadAll()
    for (const entry of entries) if (this.#fold(entry)) this.#overdue = entry.id
  }

  /** Redis cannot be asked: watches go on with what this process knows. */
  away (): void {
    this.#isAway = true
    for (const room of this.#rooms.values()) {
      room.loadLocal()
      this.#pushSnapshot(room)
    }
  }

  /** It can again. */
  back (): void {
    this.#isAway = false
    this.#log.clear()
    this.#reloadAll()
  }

  /** Of what happens here while Redis cannot be asked. */
  pushLocal (event: PresenceEvent): void {
    this.#rooms.get(event.room)?.pushLocal(event)
  }

  signalText (room: string, userId: string, name: string): string {
    return SIGNAL + JSON.stringify([room, userId, name])
  }

  pushSignal (room: string, userId: string, name: string): void {
    const watched = this.#rooms.get(room)
    if (watched === undefined) return
    this.#signals++
    watched.signal(userId, name)
  }

  /** Ends all watches, and from now on each new one at once. */
  end (): void {
    this.#hasEnded = true
    for (const { watches } of [...this.#rooms.values()]) for (const watch of [...watches]) watch.end()
  }

  figures (): Figures {
    const open = [...this.#rooms.values()].reduce((sum, { watches }) => sum + watches.size, 0)
    return {
      watches: Object.freeze({ open, total: this.#total, resumed: this.#resumed }),
      events: Object.freeze({ ...this.#events }),
      signals: this.#signals,
      snapshots: Object.freeze({ ...this.#snapshots }),
      dropped: this.#dropped
    }
  }

  #open (watch: Watch, room: string, lastEventId: string | undefined): PresenceEvent[] {
    if (this.#hasEnded) {
      watch.end()
      return []
    }
    this.#total++
    const watched = this.#room(room)
    // It comes from a browser's header: whatever it is, it is no mistake of the app.
    const from = typeof lastEventId === 'string' ? readEventId(lastEventId, room) : undefined
    this.#begin(watch, watched, from)
    return []
  }

  /** The first events reach the watch as soon as they are there; those that follow come after them. */
  async #begin (watch: Watch, watched: WatchedRoom, from: Position | undefined): Promise<void> {
    watched.beginning.add(watch)
    if (watched.source === undefined) await this.#load(watched)
    const entries = from === undefined ? undefined : await this.#entriesFrom(from.entry)
    if (!watched.beginning.delete(watch)) return
    watched.watches.add(watch)
    const missed = entries !== undefined && from !== undefined && watched.source === 'redis' ? watched.missed(entries, from) : undefined
    if (missed === undefined || missed.length > this.#options.backlog) return watch.push(this.#snapshot(watched))
    this.#resumed++
    for (const event of missed) watch.push(event)
  }

  #close (watch: Watch, room: string): void {
    const watched = this.#rooms.get(room)
    watched?.watches.delete(watch)
    watched?.beginning.delete(watch)
    if (watched === undefined || watched.watches.size + watched.beginning.size > 0) return
    watched.close()
    this.#rooms.delete(room)
    if (this.#rooms.size > 0) return
    this.#subscription?.close()
    this.#subscription = undefined
    this.#overdue = undefined
    this.#log.clear()
  }

  #room (room: string): WatchedRoom {
    const { clock, time, list, local } = this.#options
    const known = this.#rooms.get(room)
    if (known !== undefined) return known
    const watched = new WatchedRoom({ room, clock, time, list, local: () => local(room), onEvent: event => this.#deliver(watched, event) })
    this.#rooms.set(room, watched)
    if (this.#rooms.size === 1) this.#options.onFirst()
    return watched
  }

  #deliver ({ watches }: WatchedRoom, event: PresenceEvent): void {
    if (event.type !== 'snapshot' && event.type !== 'signal') this.#events[event.type]++
    for (const watch of watches) watch.push(event)
  }

  #snapshot (room: WatchedRoom): PresenceEvent {
    this.#snapshots.total++
    return room.snapshot()
  }

  #pushSnapshot (room: WatchedRoom): void {
    for (const watch of room.watches) watch.push(this.#snapshot(room))
  }

  /** One at a time for each room. */
  async #load (watched: WatchedRoom): Promise<void> {
    const loading = this.#loads.get(watched.room) ?? this.#loadNow(watched).finally(() => this.#loads.delete(watched.room))
    this.#loads.set(watched.room, loading)
    await loading
  }

  async #loadNow (watched: WatchedRoom): Promise<void> {
    if (this.#isAway) return watched.loadLocal()
    // The subscription first: what happens from then on is told.
    await this.#subscribed()
    this.#held ??= this.#log.last === undefined ? [] : undefined
    const snapshot = await this.#options.store.snapshot(watched.room).catch(() => undefined)
    if (snapshot === undefined) return watched.loadLocal()
    if (this.#log.last === undefined) this.#log.begin(snapshot.last)
    watched.load(snapshot.last, snapshot.fields)
    this.#release()
    // What was told between the question and the answer.
    for (const entry of this.#log.after(snapshot.last)) watched.apply(entry)
  }

  #reloadAll (): void {
    for (const room of this.#rooms.values()) this.#reload(room)
  }

  #reload (room: WatchedRoom): void {
    this.#load(room).then(() => this.#pushSnapshot(room))
  }

  /** Resolves when the subscription is open, or takes longer than a call may: the beats tell then. */
  async #subscribed (): Promise<void> {
    this.#subscription ??= this.#subscribe()
    const { client } = this.#options
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => { timer = setTimeout(resolve, client.timeLimit) })
    await Promise.race([this.#subscription.opened, late])
    clearTimeout(timer)
  }

  #subscribe (): Subscription {
    const { client, channel } = this.#options
    this.#subscription?.close()
    this.#overdue = undefined
    this.#subscription = client.subscribe(channel, text => this.#receive(text), { onGap: () => this.#fill() })
    return this.#subscription
  }

  #receive (text: string): void {
    if (text.startsWith(SIGNAL)) return this.#receiveSignal(text.slice(SIGNAL.length))
    const end = text.indexOf(' ')
    const entry = readEntry(text.slice(0, end), text.slice(end + 1))
    if (entry === undefined) return
    if (entry.id === this.#overdue) this.#overdue = undefined
    if (this.#held === undefined) this.#fold(entry)
    else this.#held.push(entry)
  }

  /** Of whoever else may publish here, nothing is taken. */
  #receiveSignal (json: string): void {
    const [room, userId, name] = readSignal(json)
    if (typeof room === 'string' && typeof userId === 'string' && typeof name === 'string') this.pushSignal(room, userId, name)
  }

  /** Reads what the subscription missed. */
  async #fill (): Promise<void> {
    const since = this.#log.last
    if (since === undefined || this.#held !== undefined) return
    this.#held = []
    const entries = await this.#options.store.entries(since).catch(() => undefined)
    if (entries !== undefined && !isWhole(entries, since, this.#options.backlog)) this.#reloadAll()
    else entries?.forEach(entry => this.#fold(entry))
    // Where they could not be read, the next beat reads them; till then nothing may pass over the hole.
    if (entries === undefined) this.#held = undefined
    else this.#release()
  }

  #release (): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const entry of held) this.#fold(entry)
  }

  /** Answers whether the entry was not known. */
  #fold (entry: StreamEntry): boolean {
    if (!this.#log.append(entry)) return false
    for (const room of new Set(entry.changes.map(([room]) => room))) this.#rooms.get(room)?.apply(entry)
    return true
  }

  /** Undefined where some may be missing. */
  async #entriesFrom (id: string): Promise<StreamEntry[] | undefined> {
    const known = this.#log.from(id)
    if (known !== undefined || this.#log.last === undefined) return known
    const entries = await this.#options.store.entries(id).catch(() => [])
    if (!isWhole(entries, id, this.#options.backlog)) return undefined
    this.#log.extend(entries, id)
    return this.#log.from(id)
  }
}

function readSignal (json: string): unknown[] {
  try {
    const signal: unknown = JSON.parse(json)
    return Array.isArray(signal) ? signal : []
  } catch {
    return []
  }
}
