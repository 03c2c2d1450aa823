import { onAbort } from './abort.ts'
import type { PresenceEvent } from './interface.ts'

/** What a watch reads from. */
export interface Feed {
  /** Events that may wait for the reader. */
  readonly backlog: number
  /** From now on events are pushed; answers those that come before. */
  open (watch: Watch): PresenceEvent[]
  /** The room as it is now, in place of the events that were lost. */
  resend (): PresenceEvent
  dropped (events: number): void
  close (watch: Watch): void
}

type Result = IteratorResult<PresenceEvent, undefined>

/**
 * One iteration over a room's events. No generator, since `return()` would wait there for the event that `next()` waits for.
 * Between two calls of `next()` at most `backlog` events wait here; beyond, they are dropped and a snapshot is due.
 */
export class Watch implements AsyncIterableIterator<PresenceEvent, undefined> {
  readonly #feed: Feed
  readonly #signal: AbortSignal
  #phase: 'new' | 'open' | 'ended' = 'new'
  #queue: PresenceEvent[] = []
  #behind = false
  readonly #waiting: Array<(result: Result) => void> = []
  #release = () => {}

  constructor (feed: Feed, signal: AbortSignal) {
    this.#feed = feed
    this.#signal = signal
  }

  [Symbol.asyncIterator] (): this { return this }

  async next (): Promise<Result> {
    if (this.#phase === 'new') this.#begin()
    const value = this.#take()
    if (value !== undefined) return { done: false, value }
    if (this.#phase === 'ended') return { done: true, value }
    return await new Promise(resolve => { this.#waiting.push(resolve) })
  }

  async return (): Promise<Result> {
    this.end()
    return { done: true, value: undefined }
  }

  push (event: PresenceEvent): void {
    const resolve = this.#waiting.shift()
    if (resolve !== undefined) return resolve({ done: false, value: event })
    // In place of all that waits.
    if (event.type === 'snapshot') {
      this.#queue = [event]
      this.#behind = false
      return
    }
    if (!this.#behind && this.#queue.length < this.#feed.backlog) {
      this.#queue.push(event)
      return
    }
    this.#feed.dropped(this.#queue.length + 1)
    this.#queue = []
    this.#behind = true
  }

  readonly end = (): void => {
    this.#phase = 'ended'
    this.#release()
    this.#feed.close(this)
    this.#queue = []
    this.#behind = false
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }

  #begin (): void {
    if (this.#signal.aborted) return this.end()
    this.#phase = 'open'
    this.#release = onAbort(this.#signal, this.end)
    // What is pushed meanwhile comes after.
    this.#queue.unshift(...this.#feed.open(this))
  }

  #take (): PresenceEvent | undefined {
    if (!this.#behind) return this.#queue.shift()
    // Before the flag falls: what is pushed while the snapshot is taken is in it.
    const snapshot = this.#feed.resend()
    this.#behind = false
    return snapshot
  }
}
