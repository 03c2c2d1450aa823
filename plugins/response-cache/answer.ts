import type { FastifyReply, FastifyRequest } from 'fastify'
import { tagsOf } from './asked.ts'
import type { Forward } from './cache-status.ts'
import { askForAll, conditionsOf, UNCONDITIONAL, type Conditions } from './conditional.ts'
import type { Exchange } from './exchange.ts'
import type { Flight, Outcome } from './flights.ts'
import type { LeadOptions } from './lead.ts'
import type { Parts } from './parts.ts'
import type { Policy } from './policy.ts'
import { present } from './present.ts'
import { mayStandIn, reuse, wishesOf, type Wishes } from './reuse.ts'
import type { Found, Sought } from './store.ts'
import { ageOf, fieldOf, type StoredReply } from './stored-reply.ts'
import type { Uri } from './uri.ts'
import { fieldsDigest } from './variant.ts'

/** Seconds that stamps are made for, where they are missing: those of a reply's tags live longer anyway. */
const STAMPS_TTL = 86_400

/** How often a request waits for others before its own handler runs. */
const MOST_WAITS = 3

/** A request, and how its handler is run. */
export interface Call {
  readonly policy: Policy
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly exchange: Exchange
  readonly run: () => unknown
  readonly uri: Uri
}

/** What is done about one request. */
export class Answer {
  readonly #parts: Parts
  readonly #call: Call
  readonly #base: string
  readonly #wishes: Wishes
  readonly #conditions: Conditions

  constructor (parts: Parts, call: Call, base: string) {
    this.#parts = parts
    this.#call = call
    this.#base = base
    this.#wishes = wishesOf(call.request.headers)
    this.#conditions = conditionsOf(call.request.headers)
  }

  /** The body of a hit in memory; undefined where there is none. */
  atOnce (): { payload: Buffer | undefined } | undefined {
    const { store, clock } = this.#parts
    const stored = store.peek(this.#base, this.#call.request.headers)
    const use = stored && reuse(stored, this.#wishes, clock.now())
    if (stored === undefined || use?.serve !== true || this.#isToLoad(use)) return undefined
    if (stored.text !== undefined) this.#call.exchange.text = { of: stored.body, is: stored.text }
    return { payload: this.#hit(stored, use) }
  }

  async give (): Promise<unknown> {
    const { store, flights, background, clock, waitTimeout } = this.#parts
    const { reply, request, uri, policy } = this.#call
    const sought: Sought = { base: this.#base, headers: request.headers, tags: tagsOf(request, uri, policy) }
    let ask = background.current?.base === this.#base
    let waits = this.#wishes.noCache || this.#wishes.noStore ? MOST_WAITS : 0
    for (;;) {
      const found = await store.find(sought, ask)
      const there = found.reply
      const use = there === undefined ? undefined : reuse(there, this.#wishes, clock.now())
      if (there !== undefined && use?.serve === true && !this.#isToLoad(use)) return this.#hit(there, use)
      const forward: Forward = use?.serve === false ? use.why : there !== undefined ? 'stale' : found.vary.length > 0 ? 'vary-miss' : 'uri-miss'
      if (this.#wishes.onlyIfCached) return this.#refuse()
      if (this.#call.request.method === 'HEAD') return await this.#pass(forward)
      const flight = waits < MOST_WAITS && !flights.isUncacheable(found.key) ? flights.joinable(found.key) : undefined
      if (flight !== undefined) {
        const outcome = await flight.wait(waitTimeout, callback => whenGone(reply, callback))
        if (reply.raw.destroyed) return reply
        if (typeof outcome === 'object' && this.#suits(outcome)) return this.#share(outcome.reply, forward)
        waits = outcome === 'late' ? MOST_WAITS : waits + 1
        continue
      }
      // What is stale in memory may be fresh in Redis; and what takes its place needs the stamps of now.
      if (!found.look.asked && !ask) {
        ask = true
        continue
      }
      return await this.#lead(found, sought, forward, waits < MOST_WAITS)
    }
  }

  /** Whether this is the run in the background that is to take the place of what is stale. */
  #isToLoad ({ background }: { background: boolean }): boolean {
    return background && this.#parts.background.current?.base === this.#base
  }

  #hit (stored: StoredReply, { ttl, background }: { ttl: number, background: boolean }): Buffer | undefined {
    const { counters, clock } = this.#parts
    const { exchange, reply, request } = this.#call
    counters[ttl > 0 ? 'hits' : 'stale']++
    exchange.status = { hit: true, ttl }
    exchange.typed = fieldOf(stored, 'content-type') !== undefined
    if (background) this.#parts.background.begin(request, this.#base)
    return present(reply, stored, this.#conditions, clock.now())
  }

  /** Of another's reply, whether it may answer this request as well. */
  #suits ({ variant, reply: stored, standsIn }: Outcome): boolean {
    if (variant !== fieldsDigest(this.#call.request.headers, stored.vary)) return false
    const now = this.#parts.clock.now()
    if (standsIn) return mayStandIn(stored, now) && (stored.shared || !this.#wishes.authorized)
    return reuse(stored, this.#wishes, now).serve
  }

  #share (stored: StoredReply, fwd: Forward): unknown {
    const { counters, clock } = this.#parts
    const { exchange, reply } = this.#call
    const now = clock.now()
    counters.collapsed++
    exchange.status = { fwd, collapsed: true, ttl: stored.lifetime - ageOf(stored, now) }
    exchange.typed = fieldOf(stored, 'content-type') !== undefined
    return present(reply, stored, this.#conditions, now)
  }

  /** RFC 9111 §5.2.1.7. */
  #refuse (): string {
    this.#call.exchange.status = { detail: 'only-if-cached' }
    this.#call.reply.code(504)
    return ''
  }

  async #pass (fwd: Forward): Promise<unknown> {
    this.#parts.counters.misses++
    this.#call.exchange.status = { fwd }
    return await this.#run()
  }

  async #lead (found: Found, asked: Sought, fwd: Forward, mayBeJoined: boolean): Promise<unknown> {
    const { flights, clock, counters, background } = this.#parts
    const { exchange, request } = this.#call
    const { noStore, authorized } = this.#wishes
    counters.misses++
    exchange.status = { fwd }
    const flight: Flight | undefined = mayBeJoined && !flights.isUncacheable(found.key) ? flights.begin(found.key, found.look) : undefined
    const stale = noStore || (authorized && found.reply?.shared === false) ? undefined : found.reply
    const asksForAll = flight !== undefined || stale !== undefined
    const sought = { ...asked, headers: { ...request.headers } }
    const run = background.current
    const lead: LeadOptions = {
      found,
      sought,
      conditions: asksForAll ? this.#conditions : UNCONDITIONAL,
      authorized,
      noStore,
      stale,
      flight,
      asked: clock.now(),
      onStored: () => { if (run?.base === sought.base) run.stored = true }
    }
    exchange.lead(lead)
    if (!noStore) await found.look.prepare(STAMPS_TTL)
    if (asksForAll) askForAll(request, stale)
    lead.asked = clock.now()
    return await this.#run()
  }

  /** A handler that answers nothing at once sends its reply later. */
  async #run (): Promise<unknown> {
    const { run, reply } = this.#call
    const answer = run()
    return answer === undefined ? reply : await answer
  }
}

function whenGone ({ raw }: FastifyReply, callback: () => void): () => void {
  raw.once('close', callback)
  return () => raw.off('close', callback)
}
