import type { Encoded } from './value.ts'

/** What a read or a load ended with. */
export interface Outcome {
  readonly source: 'redis' | 'loader'
  /** For the one who asked first. */
  readonly value: unknown
  /** What the others get their copies from; undefined where the value is. */
  readonly encoded: Encoded | undefined
}

/** A read and load under way, which others may join. */
export interface Flight {
  /** The stamps that its value will stand under. */
  readonly stamps: readonly string[]
  /** When its reading began, by the monotonic clock; undefined before. */
  sentAt: number | undefined
  /** Whether this process invalidated one of its stamps since it began: what it loads is not kept, and nobody joins it. */
  overtaken: boolean
  readonly outcome: Promise<Outcome>
}

/** The flights of all namespaces of a cache, since tags span them. */
export class Flights {
  /** By name, the newest. */
  readonly #newest = new Map<string, Flight>()
  readonly #all = new Set<Flight>()

  /**
   * The flight that a call of this moment may join: not one of fewer tags, nor one that may have read before an invalidation
   * which this call has to see. Those of other processes are seen `staleness` milliseconds late, as the namespace admits.
   */
  joinable (name: string, stamps: readonly string[], staleness: number): Flight | undefined {
    const flight = this.#newest.get(name)
    if (flight === undefined || flight.overtaken || !stamps.every(stamp => flight.stamps.includes(stamp))) return undefined
    return flight.sentAt === undefined || performance.now() - flight.sentAt <= staleness ? flight : undefined
  }

  /** Begins a flight, which others join from now on in place of an older one. */
  begin (name: string, stamps: readonly string[], fly: (flight: Flight) => Promise<Outcome>): Flight {
    const flight: { -readonly [Name in keyof Flight]: Flight[Name] } = { stamps, sentAt: undefined, overtaken: false, outcome: undefined as never }
    // What is read in this turn of the event loop is sent at its end.
    setImmediate(() => { flight.sentAt = performance.now() })
    flight.outcome = fly(flight)
    this.#newest.set(name, flight)
    this.#all.add(flight)
    const end = () => {
      this.#all.delete(flight)
      if (this.#newest.get(name) === flight) this.#newest.delete(name)
    }
    flight.outcome.then(end, end)
    return flight
  }

  /** What is under way under one of these stamps is older than their invalidation. */
  overtake (stamps: readonly string[]): void {
    const removed = new Set(stamps)
    for (const flight of this.#all) {
      if (flight.stamps.some(stamp => removed.has(stamp))) flight.overtaken = true
    }
  }
}
