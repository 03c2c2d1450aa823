import { setTimeout } from 'node:timers/promises'
import { Budget } from '../../lib/budget.ts'
import type { Flight } from './flight.ts'
import type { Held } from './held.ts'
import type { Namespace } from './namespace.ts'
import type { Target } from './names.ts'
import type { Reading } from './protocol.ts'
import type { Reads } from './reads.ts'

/** Milliseconds between two looks at another's load, doubled with each. */
const FIRST_POLL = 25
const LAST_POLL = 500

export interface Waiting {
  readonly target: Target
  /** Milliseconds that the loader may take. */
  readonly timeout: number
  /** The load that waits: others may join it for as long as it asks Redis. */
  readonly flight: Flight
  readonly completed: Reading
  complete (reading: Reading): Promise<Reading | undefined>
}

/** What a wait for a lock ends with. */
export interface Turn {
  /** What another process loaded meanwhile. */
  readonly held?: Held
  /** What a load of this process is kept under. */
  readonly completed: Reading | undefined
  /** What it has to release. */
  readonly locks: readonly string[]
}

/** Elects the one process that loads. */
export class Locks {
  readonly #namespace: Namespace
  readonly #reads: Reads

  constructor (namespace: Namespace, reads: Reads) {
    this.#namespace = namespace
    this.#reads = reads
  }

  /** Until this process may load, or need not. Who holds a lock and dies delays the others by its life at most. */
  async wait (waiting: Waiting): Promise<Turn> {
    const { store, names } = this.#namespace
    const { target, timeout } = waiting
    const life = timeout + store.timeLimit
    // Of one who dies and one who then loads.
    const end = performance.now() + 2 * life
    let { completed } = waiting
    while (performance.now() < end) {
      // Of these stamps: who comes after an invalidation does not wait for a load that it made void.
      const stamps = names.stamps(target).map(name => String(completed.stamps.get(name)))
      const lock = names.lock(target.key, stamps)
      // Where Redis does not tell, it may be this process's.
      if (await store.lock(lock, life) !== false) return { completed, locks: [lock] }
      const seen = await this.#poll(waiting, lock, stamps, end)
      if (seen === undefined) break
      if ('key' in seen) return { held: seen, completed, locks: [] }
      const again = await new Budget(store.timeLimit).wait(waiting.complete(seen))
      if (again === undefined) break
      completed = again
    }
    return { completed, locks: [] }
  }

  release (locks: readonly string[]): void {
    if (locks.length > 0) this.#namespace.store.release(locks)
  }

  /** The value that another process has loaded, or the stamps once it has given up; undefined where Redis does not tell, or at the end. */
  async #poll ({ target, flight }: Waiting, lock: string, stamps: readonly string[], end: number): Promise<Held | Reading | undefined> {
    const { store, names, clock } = this.#namespace
    for (let pause = FIRST_POLL; performance.now() < end; pause = Math.min(2 * pause, LAST_POLL)) {
      await setTimeout(pause * (0.5 + Math.random() / 2))
      // In one command, since they are read in one turn of the event loop.
      const [{ held, reading }, [holder]] = await Promise.all([this.#reads.look(target, new Budget(store.timeLimit)), store.read([lock])])
      if (held !== undefined && clock.elapsed() < held.expires) return held
      if (reading === undefined) return undefined
      flight.sentAt = reading.asked.at
      flight.moment = reading.asked.moment
      const stand = names.stamps(target).every((name, index) => reading.stamps.get(name) === stamps[index])
      if (!stand || typeof holder !== 'string') return reading
    }
    return undefined
  }
}
