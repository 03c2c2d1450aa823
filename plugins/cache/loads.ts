import type { Counters } from './counters.ts'
import { MAX_TAGS, type Recorded } from './entry.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import type { Flight, Outcome } from './flight.ts'
import { runLoader, type Loaded, type Loader } from './load.ts'
import type { Completed, Protocol, Target } from './protocol.ts'
import { lifeOf, type Load } from './settings.ts'
import { decode, encode, type Encoded } from './value.ts'

/** Runs the loaders of a namespace, and keeps what they answer. */
export class Loads {
  readonly #protocol: Protocol
  readonly #counters: Counters
  /** Whether a loader has told tags before: then the stamp that this needs is made in advance. */
  tellTags = false

  constructor (protocol: Protocol, counters: Counters) {
    this.#protocol = protocol
    this.#counters = counters
  }

  /** `completed`: undefined where nothing can be kept. The answer does not wait until the value is kept. */
  async run (flight: Flight, target: Target, load: Loader, settings: Load, completed: Completed | undefined): Promise<Outcome> {
    const loaded = await this.#load(load, settings)
    if (loaded.value === undefined) return { source: 'loader', value: undefined, encoded: undefined }
    const encoded = encode(loaded.value)
    // A copy, since the loader may keep hold of what it answered.
    const value = decode(encoded)
    const told = loaded.tags.filter(tag => !target.tags.includes(tag))
    if (target.tags.length + told.length > MAX_TAGS) throw new InvalidCacheArgumentError(`a value has at most ${MAX_TAGS} tags, those of setTags and of the call together`)
    if (told.length > 0) this.tellTags = true
    if (!loaded.skipped) this.#keep(flight, target, encoded, completed, told, loaded.ttl ?? settings.ttl, settings.jitter)
    return { source: 'loader', value, encoded }
  }

  async #load (load: Loader, { timeout }: Load): Promise<Loaded> {
    this.#counters.loads++
    try {
      return await runLoader(load, timeout)
    } catch (error) {
      this.#counters.loadErrors++
      throw error
    }
  }

  async #keep (flight: Flight, { key }: Target, encoded: Encoded, completed: Completed | undefined, told: readonly string[], ttl: number, jitter: number): Promise<void> {
    const recorded = flight.overtaken ? undefined : await this.#record(completed, told, ttl)
    if (recorded !== undefined && !flight.overtaken && await this.#protocol.keep(key, encoded, recorded, lifeOf(ttl, jitter))) this.#counters.stored++
    else this.#counters.notStored++
  }

  async #record (completed: Completed | undefined, told: readonly string[], ttl: number): Promise<Recorded | undefined> {
    const recorded = completed?.recorded[0]
    if (completed === undefined || recorded === undefined || told.length === 0) return recorded
    return await this.#protocol.addTags(recorded, completed.stamps, told, ttl)
  }
}
