import type { Budget } from '../../lib/budget.ts'
import type { Held } from './held.ts'
import type { Namespace } from './namespace.ts'
import type { Target } from './names.ts'
import type { Reading } from './protocol.ts'

/** What a read found. */
export interface Seen {
  /** What stands, within its ttl or stale. */
  readonly held: Held | undefined
  readonly source: 'memory' | 'redis'
  /** Whether Redis was asked for the entry. */
  readonly asked: boolean
  /** What it told of the stamps; undefined where it was not asked, or did not answer. */
  readonly reading: Reading | undefined
  /** Whether it is served since Redis could not be asked. */
  readonly degraded: boolean
}

const NOTHING_TOLD: Seen = { held: undefined, source: 'redis', asked: true, reading: undefined, degraded: false }

/** Reads of one namespace: from memory, where that may be served, or else from Redis. */
export class Reads {
  readonly #namespace: Namespace

  constructor (namespace: Namespace) {
    this.#namespace = namespace
  }

  /** What may be served without asking Redis, stale or not. */
  atOnce ({ key, tags }: Target): Held | undefined {
    const { memory, clock, staleness } = this.#namespace
    const held = memory?.find(key)
    if (held === undefined || clock.elapsed() >= held.confirmedAt + staleness) return undefined
    return held.hasTags(tags) ? held : undefined
  }

  /** `trust`: milliseconds for which an entry is still served that Redis cannot be asked about. */
  async find (target: Target, trust: number, budget: Budget): Promise<Seen> {
    const held = this.atOnce(target)
    if (held !== undefined) return { held, source: 'memory', asked: false, reading: undefined, degraded: false }
    return await this.#confirm(target, trust, budget) ?? await this.look(target, budget, trust)
  }

  /** What is in Redis. */
  async look (target: Target, budget: Budget, trust = 0): Promise<Seen> {
    const { protocol, counters, memory } = this.#namespace
    const view = await budget.wait(protocol.look(target))
    if (view?.reading === undefined) return this.#unconfirmed(target, trust)
    if (view.unreadable) counters.unreadable++
    if (view.held !== undefined) memory?.keep(view.held)
    return { held: view.held, source: 'redis', asked: true, reading: view.reading, degraded: false }
  }

  /** What is in memory and stands, or what else makes it needless to look into Redis. */
  async #confirm (target: Target, trust: number, budget: Budget): Promise<Seen | undefined> {
    const { memory, names, clock, shared } = this.#namespace
    const held = memory?.find(target.key)
    if (memory === undefined || held === undefined || !held.hasTags(target.tags)) return undefined
    // It is to be loaded anew: then the entry in Redis has to be looked at as well.
    if (clock.elapsed() >= held.expires) return undefined
    const confirmed = await budget.wait(shared.confirmations.confirm(memory, held))
    if (confirmed === undefined) return this.#unconfirmed(target, trust)
    if (confirmed.stands) return { held, source: 'memory', asked: false, reading: undefined, degraded: false }
    // Where a stamp is missing that every entry needs, there is no entry that could be valid.
    const isVoid = names.stamps(target).some(name => confirmed.stamps.get(name) === null)
    return isVoid ? { held: undefined, source: 'redis', asked: true, reading: confirmed, degraded: false } : undefined
  }

  /** Where Redis does not tell: what is in memory, if Redis is away and that has not been so for too long. */
  #unconfirmed (target: Target, trust: number): Seen {
    const { memory, clock, store, staleness } = this.#namespace
    const held = store.isAway ? memory?.find(target.key) : undefined
    if (held === undefined || !held.hasTags(target.tags) || clock.elapsed() >= held.confirmedAt + staleness + trust) return NOTHING_TOLD
    return { ...NOTHING_TOLD, held, source: 'memory', degraded: true }
  }
}
