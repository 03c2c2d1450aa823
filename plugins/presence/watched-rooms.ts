import type { MemberList, PresenceEvent, WatchOptions } from './interface.ts'
import { isAfter, readEventId, type Position, type StreamEntry } from './entry.ts'
import { EntryFeed, type EntryFeedOptions } from './entry-feed.ts'
import type { Beat } from './store.ts'
import { Watch } from './watch.ts'
import { WatchFigures, type CountedWatches } from './watch-figures.ts'
import { WatchedRoom, type WatchedRoomOptions } from './watched-room.ts'

export interface WatchedRoomsOptions extends Pick<WatchedRoomOptions, 'clock' | 'time' | 'list'>, Pick<EntryFeedOptions, 'client' | 'store' | 'channel' | 'backlog'> {
  /** A room as this process alone knows it. */
  readonly local: (room: string) => MemberList
  /** The first watch of all has begun. */
  readonly onFirst: () => void
}

/** The rooms that are watched in this process, each as of some entry of the one feed. */
export class WatchedRooms {
  readonly #options: WatchedRoomsOptions
  readonly #rooms = new Map<string, WatchedRoom>()
  readonly #loads = new Map<WatchedRoom, Promise<void>>()
  readonly #feed: EntryFeed
  readonly #figures = new WatchFigures()
  #isAway = false
  #hasEnded = false

  constructor (options: WatchedRoomsOptions) {
    this.#options = options
    this.#feed = new EntryFeed({
      ...options,
      onEntry: entry => this.#apply(entry),
      onSignal: (room, userId, name) => this.pushSignal(room, userId, name),
      onLost: () => this.#reloadAll()
    })
  }

  get isEmpty (): boolean { return this.#rooms.size === 0 }
  get lastEntry (): string | undefined { return this.#feed.last }

  watch (room: string, { signal, lastEventId }: WatchOptions): AsyncIterable<PresenceEvent> {
    const feed = {
      backlog: this.#options.backlog,
      open: (watch: Watch) => this.#open(watch, room, lastEventId),
      resend: () => { this.#figures.snapshots.resent++; return this.#snapshot(this.#room(room)) },
      dropped: (events: number) => { this.#figures.dropped += events },
      close: (watch: Watch) => this.#close(watch, room)
    }
    return { [Symbol.asyncIterator]: () => new Watch(feed, signal) }
  }

  /** What a beat read from an entry on. */
  onBeat ({ entries }: Beat, since: string | undefined): void {
    // A beat went through: what could not be loaded then, can be now.
    if (!this.#isAway) for (const room of this.#rooms.values()) if (room.source !== 'redis') this.#load(room)
    if (since !== undefined) this.#feed.onBeat(entries, since)
  }

  /** Redis cannot be asked: watches go on with what this process knows. */
  away (): void {
    this.#isAway = true
    // Nothing that cannot be read now is to be asked for again.
    this.#feed.reset()
    for (const room of this.#rooms.values()) this.#loadLocal(room)
  }

  /** It can again. */
  back (): void {
    this.#isAway = false
    this.#reloadAll()
  }

  /** Of what happens here while Redis cannot be asked. */
  pushLocal (event: PresenceEvent): void {
    this.#rooms.get(event.room)?.pushLocal(event)
  }

  pushSignal (room: string, userId: string, name: string): void {
    const watched = this.#rooms.get(room)
    if (watched === undefined) return
    this.#figures.signals++
    watched.signal(userId, name)
  }

  /** Ends all watches, and from now on each new one at once. */
  end (): void {
    this.#hasEnded = true
    for (const { watches, beginning } of [...this.#rooms.values()]) for (const watch of [...watches, ...beginning]) watch.end()
  }

  figures (): CountedWatches {
    const open = [...this.#rooms.values()].reduce((sum, { watches }) => sum + watches.size, 0)
    return this.#figures.of(open)
  }

  #open (watch: Watch, room: string, lastEventId: string | undefined): PresenceEvent[] {
    if (this.#hasEnded) {
      watch.end()
      return []
    }
    this.#figures.watches++
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
    if (from !== undefined) await this.#feed.reachBack(from.entry)
    if (!watched.beginning.delete(watch)) return
    // Read in the turn in which the watch joins the others: what is told from now on reaches it.
    const entries = from === undefined ? undefined : this.#feed.since(from.entry)
    watched.watches.add(watch)
    const missed = entries !== undefined && from !== undefined && watched.source === 'redis' ? watched.missed(entries, from) : undefined
    // More than may wait would be lost, but for the first, which is read at once.
    if (missed === undefined || missed.length > this.#options.backlog) return watch.push(this.#snapshot(watched))
    this.#figures.resumed++
    for (const event of missed) watch.push(event)
  }

  #close (watch: Watch, room: string): void {
    const watched = this.#rooms.get(room)
    watched?.watches.delete(watch)
    watched?.beginning.delete(watch)
    if (watched === undefined || watched.watches.size + watched.beginning.size > 0) return
    watched.close()
    this.#rooms.delete(room)
    if (this.#rooms.size === 0) this.#feed.close()
  }

  #room (room: string): WatchedRoom {
    const { clock, time, list, local } = this.#options
    const known = this.#rooms.get(room)
    if (known !== undefined) return known
    const watched = new WatchedRoom({ room, clock, time, list, local: () => local(room), lastEntry: () => this.#feed.last, onEvent: event => this.#deliver(watched, event) })
    this.#rooms.set(room, watched)
    if (this.#rooms.size === 1) this.#options.onFirst()
    return watched
  }

  #deliver ({ watches }: WatchedRoom, event: PresenceEvent): void {
    if (event.type !== 'snapshot' && event.type !== 'signal') this.#figures.events[event.type]++
    for (const watch of watches) watch.push(event)
  }

  #snapshot (room: WatchedRoom): PresenceEvent {
    this.#figures.snapshots.total++
    return room.snapshot()
  }

  /** To all that watch it already. */
  #pushSnapshot (room: WatchedRoom): void {
    if (room.watches.size === 0) return
    this.#figures.snapshots.total += room.watches.size
    const snapshot = room.snapshot()
    for (const watch of room.watches) watch.push(snapshot)
  }

  /** One at a time for each room. */
  async #load (watched: WatchedRoom): Promise<void> {
    const loading = this.#loads.get(watched) ?? this.#loadNow(watched).finally(() => this.#loads.delete(watched))
    this.#loads.set(watched, loading)
    await loading
  }

  async #loadNow (watched: WatchedRoom, isAgain = false): Promise<void> {
    if (this.#isAway) return this.#loadLocal(watched)
    // What happens from then on is told.
    await this.#feed.open()
    if (this.#rooms.get(watched.room) !== watched) return
    const { epoch } = this.#feed
    const snapshot = await this.#options.store.snapshot(watched.room).catch(() => undefined)
    if (this.#isAway || this.#rooms.get(watched.room) !== watched) return
    if (snapshot === undefined) return this.#loadLocal(watched)
    const { last } = this.#feed
    const isFirst = last === undefined
    // What was told between the question and the answer; where some of it may be missing, the answer is too old.
    const since = isFirst || !isAfter(last, snapshot.last) ? [] : this.#feed.since(snapshot.last)
    // Too old again: the stream itself is gone, and begins anew.
    if (since === undefined && isAgain) this.#reloadAll()
    if (since === undefined || (isFirst && epoch !== this.#feed.epoch)) return await this.#loadNow(watched, true)
    watched.load(snapshot.last, snapshot.fields)
    // Before anything that goes on from it.
    this.#pushSnapshot(watched)
    if (isFirst) this.#feed.begin(snapshot.last)
    for (const entry of since) watched.apply(entry)
  }

  #loadLocal (watched: WatchedRoom): void {
    watched.loadLocal()
    this.#pushSnapshot(watched)
  }

  #reloadAll (): void {
    this.#feed.reset()
    if (!this.#isAway) for (const room of this.#rooms.values()) this.#load(room)
  }

  #apply (entry: StreamEntry): void {
    for (const room of new Set(entry.changes.map(([room]) => room))) this.#rooms.get(room)?.apply(entry)
  }
}
