import { Budget } from '../../lib/budget.ts'
import { MAX_TAGS } from './entry.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import type { Flight, Outcome } from './flight.ts'
import { Held } from './held.ts'
import { runLoader, type Loaded, type Loader } from './load.ts'
import { Locks, type Turn } from './locks.ts'
import type { Namespace } from './namespace.ts'
import type { Target } from './names.ts'
import { Original } from './original.ts'
import type { Reading } from './protocol.ts'
import type { Reads, Seen } from './reads.ts'
import type { Load } from './settings.ts'
import { encode, type Encoded } from './value.ts'

/** A call's wish for a value. */
export interface Wish {
  readonly target: Target
  readonly load: Loader
  readonly settings: Load
}

/** What a loader made. */
interface Result {
  readonly encoded: Encoded
  readonly original: Original
  /** Tags that it told, in their canonical form. */
  readonly told: readonly string[]
  /** Milliseconds. */
  readonly ttl: number
}

/** Runs the loaders of a namespace, and keeps what they answer. */
export class Loads {
  readonly #namespace: Namespace
  readonly #reads: Reads
  readonly #locks: Locks
  /** Whether a loader has told tags before: then the stamp that this needs is made in advance. */
  #tellTags = false

  constructor (namespace: Namespace, reads: Reads) {
    this.#namespace = namespace
    this.#reads = reads
    this.#locks = new Locks(namespace, reads)
  }

  /** What makes a flight too old to be joined, where this process invalidates it: any tag at all, where loaders tell tags. */
  namesOf (target: Target): string[] {
    const { names } = this.#namespace
    return this.#tellTags ? [...names.all(target), names.invalidations] : names.all(target)
  }

  /** A load under way that a call of now may join. */
  underWay ({ target, settings }: Wish): Flight | undefined {
    const { shared, staleness } = this.#namespace
    return settings.refresh ? undefined : shared.loads.joinable(this.namesOf(target), staleness)
  }

  begin (wish: Wish, seen: Seen, budget: Budget): Flight {
    return this.#namespace.shared.loads.begin(this.namesOf(wish.target), flight => this.#fly(flight, wish, seen, budget), seen.reading?.asked)
  }

  async #fly (flight: Flight, wish: Wish, seen: Seen, budget: Budget): Promise<Outcome> {
    const { target, settings } = wish
    const { clock, protocol } = this.#namespace
    // What is stale in memory may be fresh in Redis: another process may have loaded it.
    const { held, reading } = seen.asked ? seen : await this.#reads.look(target, budget)
    if (held !== undefined && clock.elapsed() < held.expires) return { source: 'redis', original: held.original, degraded: false }
    const complete = async (reading: Reading | undefined) => await protocol.complete([target], reading, settings.ttl + settings.grace, this.#tellTags)
    const completed = await budget.wait(complete(reading))
    // A refresh waits for nobody: what another loads may be older than what it is to replace.
    if (!settings.lock || settings.refresh || completed === undefined) return await this.#load(flight, wish, { completed, locks: [] })
    const turn = await this.#locks.wait({ target, timeout: settings.timeout, flight, completed, complete })
    if (turn.held !== undefined) return { source: 'redis', original: turn.held.original, degraded: false }
    return await this.#load(flight, wish, turn)
  }

  /** The answer does not wait until the value is kept in Redis. */
  async #load (flight: Flight, wish: Wish, turn: Turn): Promise<Outcome> {
    const { target, settings } = wish
    try {
      const loaded = await this.#run(wish)
      if (loaded.value === undefined) return { source: 'loader', original: undefined, degraded: false, isNotToKeep: true }
      const encoded = encode(loaded.value)
      // Not the value itself, since the loader may keep hold of what it answered.
      const original = new Original(encoded)
      const told = loaded.tags.filter(tag => !target.tags.includes(tag))
      if (target.tags.length + told.length > MAX_TAGS) throw new InvalidCacheArgumentError(`a value has at most ${MAX_TAGS} tags, those of setTags and of the call together`)
      if (told.length > 0) this.#tellTags = true
      const isToKeep = !loaded.skipped && this.#namespace.sizeLimit.admits(encoded)
      if (isToKeep) {
        const kept = this.#keep(wish, turn, { encoded, original, told, ttl: loaded.ttl ?? settings.ttl })
        const { keeping } = this.#namespace.shared
        keeping.add(kept)
        flight.kept = kept.finally(() => keeping.delete(kept))
      }
      return { source: 'loader', original, degraded: false, isNotToKeep: !isToKeep, told: told.map(tag => this.#namespace.names.tag(tag)) }
    } finally {
      if (flight.kept === undefined) this.#locks.release(turn.locks)
    }
  }

  async #run ({ target: { key }, load, settings: { timeout } }: Wish): Promise<Loaded> {
    const { counters, clock } = this.#namespace
    const began = clock.elapsed()
    counters.loads++
    try {
      const loaded = await runLoader(load, timeout)
      counters.loaded(key, clock.elapsed() - began)
      return loaded
    } catch (error) {
      counters.loaded(key, clock.elapsed() - began, { error })
      throw error
    }
  }

  /** In memory before anything is awaited, so that the next call finds it there. */
  async #keep ({ target, settings }: Wish, { completed, locks }: Turn, { encoded, original, told, ttl }: Result): Promise<void> {
    const { counters, memory, clock, protocol } = this.#namespace
    const keepable = completed !== undefined && !this.#isVoid(target, completed)
    let recorded = keepable ? protocol.record(target, completed.stamps) : undefined
    if (keepable && recorded !== undefined && told.length > 0) recorded = await protocol.addTags(recorded, completed.stamps, told, ttl)
    if (completed === undefined || recorded === undefined || this.#isVoid(target, completed)) {
      counters.notStored++
      this.#locks.release(locks)
      return
    }
    const life = this.#namespace.life({ ...settings, ttl })
    memory?.keep(new Held({ key: target.key, original, recorded, life, clock, asked: completed.asked }))
    if (await protocol.keep(target.key, encoded, recorded, life, locks)) counters.stored++
    else counters.notStored++
  }

  /** Whether this process invalidated it since its stamps were asked for. */
  #isVoid (target: Target, { asked }: Reading): boolean {
    return this.#namespace.shared.own.since(this.#namespace.names.all(target), asked.moment)
  }
}
