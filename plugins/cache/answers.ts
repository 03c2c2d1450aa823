import { Budget } from '../../lib/budget.ts'
import { inTime } from '../../lib/in-time.ts'
import { Backoff } from './backoff.ts'
import { InvalidCacheArgumentError, UnserializableError } from './errors.ts'
import type { Flight, Outcome } from './flight.ts'
import type { Held } from './held.ts'
import type { Loads, Wish } from './loads.ts'
import type { Namespace } from './namespace.ts'
import type { Reads, Seen } from './reads.ts'
import type { Writes } from './writes.ts'

/** Answers `getOrSet`: with what there is, what is stale, or what the loader makes. */
export class Answers {
  readonly #namespace: Namespace
  readonly #reads: Reads
  readonly #loads: Loads
  readonly #writes: Writes
  readonly #backoff: Backoff
  /** Names of entries that are loaded in the background. */
  readonly #refreshing = new Set<string>()
  /** Whether the log has been told that refreshes fail. */
  #failing = false

  constructor (namespace: Namespace, reads: Reads, loads: Loads, writes: Writes) {
    this.#namespace = namespace
    this.#reads = reads
    this.#loads = loads
    this.#writes = writes
    this.#backoff = new Backoff(namespace.clock)
  }

  async answer (wish: Wish): Promise<unknown> {
    const { settings, target } = wish
    const { names, shared, staleness } = this.#namespace
    const all = this.#loads.namesOf(target)
    if (settings.refresh) shared.own.note(names.own(target.key))
    else {
      const there = this.#atOnce(wish)
      if (there !== undefined) return this.#serve(there, wish)
      const underWay = shared.calls.joinable(all, staleness)
      if (underWay !== undefined) return await this.#join(underWay, wish)
    }
    return this.#serve(await shared.calls.begin(all, flight => this.#fly(flight, wish)).outcome, wish)
  }

  /** What is in memory, and may be served without asking Redis. */
  #atOnce (wish: Wish): Outcome | undefined {
    const held = this.#reads.atOnce(wish.target)
    if (held === undefined) return undefined
    const late = this.#namespace.clock.elapsed() - held.expires
    if (late < 0) return { source: 'memory', original: held.original, degraded: false }
    if (late >= wish.settings.staleWhileRevalidate) return undefined
    this.#refresh(wish, { held, source: 'memory', asked: false, reading: undefined, degraded: false })
    return stale(held)
  }

  async #fly (flight: Flight, wish: Wish): Promise<Outcome> {
    const { store, clock, counters } = this.#namespace
    const { target, settings } = wish
    const budget = new Budget(store.timeLimit)
    const seen = settings.refresh ? await this.#renew(flight, wish, budget) : await this.#reads.find(target, settings.staleIfError, budget)
    const { held, degraded } = seen
    const late = held === undefined ? Infinity : clock.elapsed() - held.expires
    if (held !== undefined && late < 0) return { source: seen.source, original: held.original, degraded }
    // Not where Redis is away: what a refresh loads could not be kept.
    if (held !== undefined && late < settings.staleWhileRevalidate && !degraded) {
      this.#refresh(wish, seen)
      return stale(held)
    }
    counters.missed(target.key)
    const underWay = this.#loads.underWay(wish)
    const loading = underWay ?? this.#loads.begin(wish, seen, budget)
    // Who joins this call joins that load, as old as it is.
    flight.sentAt = underWay?.sentAt ?? flight.sentAt
    const isLast = held === undefined || late >= settings.staleIfError
    const outcome = isLast ? await loading.outcome : await this.#loadOrStale(loading, settings.softTimeout, held, degraded)
    if (underWay === undefined) {
      this.#loaded(outcome, wish, held !== undefined)
      return outcome
    }
    return this.#isOutdated(outcome, underWay) ? await this.#fly(flight, wish) : joined(outcome)
  }

  /** Where a loader has nothing to keep, what is stale must not come back when the next one fails. */
  #loaded ({ source, isNotToKeep }: Outcome, { target }: Wish, overStale: boolean): void {
    if (source === 'loader') this.#failing = false
    if (overStale && isNotToKeep === true) this.#writes.forget(target)
  }

  async #renew (flight: Flight, { target, settings }: Wish, budget: Budget): Promise<Seen> {
    const { names, shared: { own } } = this.#namespace
    const renew = async () => {
      const reading = await this.#writes.renew([target], settings.ttl + settings.grace)
      const overtaken = own.since(names.all(target), flight.moment)
      // What was asked for before the new fence was acknowledged may be older.
      own.note(names.own(target.key))
      if (overtaken || reading === undefined) return reading
      flight.moment = own.moment
      return { ...reading, asked: { ...reading.asked, moment: own.moment } }
    }
    const reading = await budget.wait(renew())
    if (reading === undefined) this.#writes.removeLater([target])
    return { held: undefined, source: 'redis', asked: true, reading, degraded: false }
  }

  async #loadOrStale (loading: Flight, softTimeout: number | undefined, held: Held, degraded: boolean): Promise<Outcome> {
    try {
      const outcome = await (softTimeout === undefined ? loading.outcome : inTime(softTimeout, loading.outcome))
      if (outcome !== undefined) return outcome
      loading.outcome.catch((error: unknown) => this.#logFailure(error))
      return this.#isInvalidated(held) ? await loading.outcome : { ...stale(held), degraded }
    } catch (error) {
      if (this.#isInvalidated(held) || isMistake(error)) throw error
      this.#logFailure(error)
      return { ...stale(held), degraded }
    }
  }

  /** Whether this process invalidated it since it was found. */
  #isInvalidated (held: Held): boolean {
    const { names, shared: { own } } = this.#namespace
    return own.since(names.all(held), held.moment)
  }

  /** Loads in the background: one at a time, and not again soon after one that failed. */
  #refresh (wish: Wish, seen: Seen): void {
    const { names, shared, store } = this.#namespace
    const name = names.entry(wish.target.key)
    if (store.isAway || this.#refreshing.has(name) || shared.loads.isUnderWay(this.#loads.namesOf(wish.target)) || !this.#backoff.isDue(name)) return
    this.#refreshing.add(name)
    const loading = this.#loads.begin(wish, seen, new Budget(store.timeLimit))
    loading.outcome.then(async outcome => {
      this.#backoff.succeeded(name)
      this.#loaded(outcome, wish, true)
      // Until then, others still find what is stale.
      await loading.kept
    }).catch((error: unknown) => {
      this.#backoff.failed(name)
      this.#logFailure(error)
    }).finally(() => this.#refreshing.delete(name))
  }

  #logFailure (err: unknown): void {
    if (!this.#failing) this.#namespace.log.warn({ err }, 'a loader fails, and stale values are served in place of what it would load; further failures are only counted')
    this.#failing = true
  }

  async #join (flight: Flight, wish: Wish): Promise<unknown> {
    const { counters } = this.#namespace
    const outcome = await flight.outcome.catch((error: unknown) => {
      counters.joined++
      throw error
    })
    if (this.#isOutdated(outcome, flight)) return await this.answer(wish)
    return this.#serve(joined(outcome), wish)
  }

  /**
   * Whether what a call joined may be older than an invalidation which it has to see, of a tag that nobody knew before the loader told
   * it: then it asks again. Only before the namespace is known to have such loaders.
   */
  #isOutdated ({ told = [] }: Outcome, { names, moment }: Flight): boolean {
    return !names.includes(this.#namespace.names.invalidations) && this.#namespace.shared.own.since(told, moment)
  }

  #serve ({ source, original, degraded }: Outcome, { target, settings }: Wish): unknown {
    this.#namespace.counters.served(target.key, source, degraded)
    settings.onServed?.({ source })
    return original?.copy()
  }
}

/** For who waited for another's loader. */
function joined (outcome: Outcome): Outcome {
  return outcome.source === 'loader' ? { ...outcome, source: 'joined' } : outcome
}

/** The app's own, which no old value should hide. */
function isMistake (error: unknown): boolean {
  return error instanceof InvalidCacheArgumentError || error instanceof UnserializableError
}

function stale ({ original }: Held): Outcome {
  return { source: 'stale', original, degraded: false }
}
