import type { CacheClock } from './clock.ts'
import type { Instant } from './held.ts'
import type { Served } from './interface.ts'
import type { Original } from './original.ts'
import type { OwnInvalidations } from './own-invalidations.ts'

/** What a read or a load ended with. */
export interface Outcome {
  readonly source: Served['source']
  /** Undefined where the value is. */
  readonly original: Original | undefined
  /** Whether it was served since Redis could not be asked. */
  readonly degraded: boolean
  /** Whether a loader made something that is not to be kept, or nothing. */
  readonly isNotToKeep?: boolean
  /** Names of the tags that a loader told, which nobody could know before. */
  readonly told?: readonly string[]
}

/** A read or a load under way, which others may join. */
export interface Flight {
  /** Of the entry and of the stamps that its value will stand under. */
  readonly names: readonly string[]
  /** When its reading was sent; undefined until it is, at the end of the turn. */
  sentAt: number | undefined
  /** Of this process's own invalidations, when it began. */
  moment: number
  readonly outcome: Promise<Outcome>
  /** Resolves when what it loaded is kept, or is not; undefined as long as it has loaded nothing. */
  kept?: Promise<void>
}

/** The flights of all namespaces of a cache. */
export class Flights {
  /** By name of the entry, the newest. */
  readonly #newest = new Map<string, Flight>()
  readonly #clock: CacheClock
  readonly #own: OwnInvalidations

  constructor (clock: CacheClock, own: OwnInvalidations) {
    this.#clock = clock
    this.#own = own
  }

  /**
   * The flight that a call of this moment may join: not one of fewer tags, nor one that may have read before an invalidation
   * which this call has to see. Those of other processes are seen `staleness` milliseconds late, as the namespace admits.
   */
  joinable (names: readonly string[], staleness: number): Flight | undefined {
    const flight = this.#newest.get(String(names[0]))
    if (flight === undefined || this.isOvertaken(flight) || !names.every(name => flight.names.includes(name))) return undefined
    return flight.sentAt === undefined || this.#clock.elapsed() - flight.sentAt < staleness ? flight : undefined
  }

  /** Whether there is one, of any age, that this process did not invalidate. */
  isUnderWay (names: readonly string[]): boolean {
    return this.joinable(names, Infinity) !== undefined
  }

  /** Whether this process invalidated it since it began: what it loads is not kept, and nobody joins it. */
  isOvertaken ({ names, moment }: Flight): boolean {
    return this.#own.since(names, moment)
  }

  /** Begins a flight, which others join from now on in place of an older one. The first name is that of the entry. */
  begin (names: readonly string[], fly: (flight: Flight) => Promise<Outcome>, asked?: Instant): Flight {
    const name = String(names[0])
    const flight: { -readonly [Name in keyof Flight]: Flight[Name] } = {
      names, sentAt: asked?.at, moment: asked?.moment ?? this.#own.moment, outcome: undefined as never
    }
    // What is read in this turn of the event loop is sent at its end.
    if (asked === undefined) setImmediate(() => { flight.sentAt ??= this.#clock.elapsed() })
    flight.outcome = fly(flight)
    this.#newest.set(name, flight)
    const end = () => { if (this.#newest.get(name) === flight) this.#newest.delete(name) }
    flight.outcome.then(end, end)
    return flight
  }
}
