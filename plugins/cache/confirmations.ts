import type { CacheClock } from './clock.ts'
import type { Confirmed, Held, Instant } from './held.ts'
import type { Memory } from './memory.ts'
import type { OwnInvalidations } from './own-invalidations.ts'
import type { Stamps } from './stamps.ts'
import { MAX_NAMES, type Store } from './store.ts'

/** Entries that are confirmed beside one that somebody waits for. */
const MAX_BESIDE = 5_000

/** Names that one command has room for, with some left for what else is read in the same turn of the event loop. */
const ROOM = 0.9 * MAX_NAMES

/** For so many times its staleness after it was used last, an entry is confirmed where that costs no command more. */
const IN_USE = 10

interface Asked {
  readonly memory: Memory
  readonly held: Held
  /** Names of its stamps, and what they have to be. */
  readonly recorded: ReadonlyArray<readonly [name: string, stamp: string]>
}

/**
 * Asks Redis whether the stamps of entries in memory still stand: of one that a call waits for, and in the same commands of all that
 * were used since the last time. So a busy process asks once in a staleness for all of them, and an idle one never.
 */
export class Confirmations {
  readonly #store: Store
  readonly #own: OwnInvalidations
  readonly #clock: CacheClock
  readonly #memories: Memory[] = []

  constructor (store: Store, own: OwnInvalidations, clock: CacheClock) {
    this.#store = store
    this.#own = own
    this.#clock = clock
  }

  add (memory: Memory): void {
    this.#memories.push(memory)
  }

  /** Whether an entry stands now; undefined where Redis does not tell. */
  async confirm (memory: Memory, held: Held): Promise<Confirmed | undefined> {
    const underWay = held.confirmation
    if (underWay !== undefined && this.#clock.elapsed() - underWay.asked.at < memory.staleness) return await underWay.answer
    const asked: Instant = { at: this.#clock.elapsed(), moment: this.#own.moment }
    // Not what may be served for longer without asking: it would be asked for more often than it needs.
    const memories = this.#memories.filter(({ staleness }) => staleness <= memory.staleness)
    const all = new Map([[held, asksAbout(memory, held)]])
    for (const memory of memories) for (const held of memory.takeUsed(MAX_BESIDE)) all.set(held, asksAbout(memory, held))
    const names = new Set([...all.values()].flatMap(({ recorded }) => recorded.map(([name]) => name)))
    this.#fill(memories, all, names)
    const stamps = this.#read([...names])
    const answers = [...all.values()].map(one => {
      const answer = stamps.then(stamps => this.#judge(one, asked, stamps))
      one.held.confirmation = { asked, answer }
      return answer
    })
    return await answers[0]
  }

  /** Adds what was in use lately, as far as the last command has room: it costs nothing, and spares a command of its own. */
  #fill (memories: readonly Memory[], all: Map<Held, Asked>, names: Set<string>): void {
    const most = Math.ceil(names.size / ROOM) * ROOM
    for (const memory of memories) {
      for (const held of memory.usedSince(this.#clock.elapsed() - IN_USE * memory.staleness)) {
        const asked = asksAbout(memory, held)
        if (names.size + asked.recorded.length > most) return
        all.set(held, asked)
        for (const [name] of asked.recorded) names.add(name)
      }
    }
  }

  #judge ({ memory, held, recorded }: Asked, asked: Instant, stamps: Stamps): Confirmed | undefined {
    held.confirmation = undefined
    if (!recorded.every(([name]) => stamps.has(name))) return undefined
    // What was asked before one of this process's own invalidations confirms nothing.
    const stands = recorded.every(([name, stamp]) => stamps.get(name) === stamp) && !this.#own.since(memory.names.all(held), asked.moment)
    if (stands) held.confirm(asked.at, memory.staleness)
    else memory.drop(held)
    // Not those of all: each load that follows would copy and keep them.
    return { stands, asked, stamps: new Map(recorded.map(([name]) => [name, stamps.get(name) ?? null])) }
  }

  /** Without those that Redis did not tell. */
  async #read (names: readonly string[]): Promise<Stamps> {
    const texts = await this.#store.read(names)
    const told = names.map((name, index): [string, string | null | undefined] => [name, texts[index]])
    return new Map(told.filter((pair): pair is [string, string | null] => pair[1] !== undefined))
  }
}

function asksAbout (memory: Memory, held: Held): Asked {
  return { memory, held, recorded: memory.names.recorded(held.key, held.recorded) }
}
