import { EventLog, type Change } from './event-log.ts'
import type { MemberList, PresenceEvent, SignalEvent, SnapshotEvent, WatchOptions } from './interface.ts'
import { Watch } from './watch.ts'
import { WatchFigures, type CountedWatches } from './watch-figures.ts'

export interface BroadcastOptions {
  /** Events kept for those who come back, and the most that wait for a slow reader. */
  readonly backlog: number
  readonly list: (room: string) => MemberList
}

/** Brings each room's events to those who watch it. */
export class Broadcast {
  readonly #options: BroadcastOptions
  readonly #log: EventLog
  readonly #watches = new Map<string, Set<Watch>>()
  readonly #figures = new WatchFigures()
  #ended = false

  constructor (options: BroadcastOptions) {
    this.#options = options
    this.#log = new EventLog(options.backlog)
  }

  publish (change: Change): void {
    const event = this.#log.append(change)
    this.#figures.events[event.type]++
    for (const watch of this.#watches.get(event.room) ?? []) watch.push(event)
  }

  /** To those who watch now; not in the log. */
  signal (room: string, userId: string, name: string, asOf: number): void {
    const event: SignalEvent = Object.freeze({ type: 'signal', room, userId, name, asOf, id: this.#log.lastId(room) })
    this.#figures.signals++
    for (const watch of this.#watches.get(room) ?? []) watch.push(event)
  }

  /** Each iteration over what this answers is a watch of its own. */
  watch (room: string, { signal, lastEventId }: WatchOptions): AsyncIterable<PresenceEvent> {
    const feed = {
      backlog: this.#options.backlog,
      open: (watch: Watch) => this.#open(watch, room, lastEventId),
      resend: () => { this.#figures.snapshots.resent++; return this.#snapshot(room) },
      dropped: (events: number) => { this.#figures.dropped += events },
      close: (watch: Watch) => this.#close(watch, room)
    }
    return { [Symbol.asyncIterator]: () => new Watch(feed, signal) }
  }

  /** Ends all watches, and from now on each new one at once. */
  end (): void {
    this.#ended = true
    for (const watch of [...this.#watches.values()].flatMap(watches => [...watches])) watch.end()
  }

  figures (): CountedWatches {
    const open = [...this.#watches.values()].reduce((sum, { size }) => sum + size, 0)
    return this.#figures.of(open)
  }

  #open (watch: Watch, room: string, lastEventId: string | undefined): PresenceEvent[] {
    if (this.#ended) {
      watch.end()
      return []
    }
    this.#figures.watches++
    // It comes from a browser's header: whatever it is, it is no mistake of the app.
    const missed = typeof lastEventId === 'string' ? this.#log.since(lastEventId, room) : undefined
    if (missed !== undefined) this.#figures.resumed++
    const first = missed ?? [this.#snapshot(room)]
    const watches = this.#watches.get(room) ?? new Set()
    this.#watches.set(room, watches.add(watch))
    return first
  }

  #close (watch: Watch, room: string): void {
    const watches = this.#watches.get(room)
    watches?.delete(watch)
    if (watches?.size === 0) this.#watches.delete(room)
  }

  #snapshot (room: string): SnapshotEvent {
    // Listing may publish what has just expired, and the snapshot's id must come after that.
    const list = this.#options.list(room)
    this.#figures.snapshots.total++
    return Object.freeze({ type: 'snapshot', room, ...list, id: this.#log.lastId(room) })
  }
}
