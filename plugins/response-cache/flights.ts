import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.ts'
import type { Look } from '../cache/index.ts'
import type { StoredReply } from './stored-reply.ts'
import type { Kept } from './stored-reply.ts'

/** Milliseconds for which requests for what turned out not to be cacheable do not wait for each other. */
const REMEMBER = 10_000
const MOST_REMEMBERED = 10_000

/** What a leader's reply is for those who wait for it. */
export interface Outcome {
  readonly reply: StoredReply
  /** What the leader's request had in the fields that the reply varies on. */
  readonly variant: string
  /** Whether it stands in for an error. */
  readonly standsIn: boolean
}

/** `late`: the wait was too long; undefined: there is none, or nobody waits for it any more. */
export type Waited = Outcome | 'late' | undefined

/** A run of a handler that others may wait for. */
export class Flight {
  readonly look: Look<Kept>
  readonly #waiters = new Set<(outcome: Waited) => void>()
  readonly #onEnd: () => void
  #outcome: Outcome | undefined
  #ended = false

  constructor (look: Look<Kept>, onEnd: () => void) {
    this.look = look
    this.#onEnd = onEnd
  }

  /** Answers those who wait, and who still comes until it is over. Without an outcome they go their own ways. */
  settle (outcome: Outcome): void {
    this.#outcome = outcome
    for (const answer of this.#waiters) answer(outcome)
    this.#waiters.clear()
  }

  /** Nobody joins any more. */
  end (): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd()
    for (const answer of this.#waiters) answer(undefined)
    this.#waiters.clear()
  }

  /** Waits for a number of milliseconds at most, or until `gone` calls back; it answers how to take that back. */
  wait (ms: number, gone: (callback: () => void) => () => void): Promise<Waited> {
    if (this.#outcome !== undefined || this.#ended) return Promise.resolve(this.#outcome)
    return new Promise(resolve => {
      const answer = (outcome: Waited) => {
        clearTimeout(timer)
        forget()
        this.#waiters.delete(answer)
        resolve(outcome)
      }
      const timer = setTimeout(answer, ms, 'late')
      const forget = gone(() => answer(undefined))
      this.#waiters.add(answer)
    })
  }
}

/** The flights of a process, by the key of what they load. */
export class Flights {
  readonly #flights = new Map<string, Flight>()
  readonly #uncacheable = new LRUCache<string, number>({ max: MOST_REMEMBERED })
  readonly #clock: Clock

  constructor (clock: Clock) {
    this.#clock = clock
  }

  /** One that a request of now may wait for: it may not have read before an invalidation that the request has to see. */
  joinable (key: string): Flight | undefined {
    const flight = this.#flights.get(key)
    return flight?.look.isCurrent === true ? flight : undefined
  }

  begin (key: string, look: Look<Kept>): Flight {
    const flight: Flight = new Flight(look, () => { if (this.#flights.get(key) === flight) this.#flights.delete(key) })
    this.#flights.set(key, flight)
    return flight
  }

  /** Whether to wait for another's reply would be in vain. */
  isUncacheable (key: string): boolean {
    return this.#clock.elapsed() < (this.#uncacheable.get(key) ?? 0)
  }

  rememberUncacheable (key: string, is: boolean): void {
    if (is) this.#uncacheable.set(key, this.#clock.elapsed() + REMEMBER)
    else this.#uncacheable.delete(key)
  }
}
