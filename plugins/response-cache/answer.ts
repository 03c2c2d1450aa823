import type { FastifyReply, FastifyRequest } from 'fastify'
import { tagsOf } from './asked.ts'
import { isRepeatable } from './background.ts'
import type { Forward } from './cache-status.ts'
import { askForAll, conditionsOf, UNCONDITIONAL, type Conditions } from './conditional.ts'
import type { Exchange } from './exchange.ts'
import type { Flight, Outcome } from './flights.ts'
import type { LeadOptions } from './lead.ts'
import type { Parts } from './parts.ts'
import type { Policy } from './policy.ts'
import { present } from './present.ts'
import { mayStandIn, reuse, wishesOf, type Reuse, type Wishes } from './reuse.ts'
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

/**
 * What is done about one request: `atOnce` looks into memory alone, `give` into Redis as well, waits for others' runs of the handler, or runs it.
 * All make the reply Fastify's (see `present`) and answer its body.
 */
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

  /** The reply from memory, without anything awaited; undefined where that takes more. A hit may have no body. */
  atOnce (): { payload: Buffer | string | undefined } | undefined {
    const { store, clock } = this.#parts
    const stored = store.peek(this.#base, this.#call.request.headers)
    const use = stored && reuse(stored, this.#wishes, clock.now())
    if (stored === undefined || use?.serve !== true || this.#isToLoad(use)) return undefined
    const bytes = this.#hit(stored, use)
    if (stored.text === undefined || bytes !== stored.body) return { payload: ownBytes(bytes) }
    serializeNoText(this.#call.reply)
    return { payload: stored.text }
  }

  /** The reply from the store, from another request's run, or from the handler. */
  async give (): Promise<unknown> {
    const { store, flights, background, clock, waitTimeout } = this.#parts
    const { reply, request, uri, policy } = this.#call
    const sought: Sought = { base: this.#base, headers: request.headers, tags: tagsOf(request, uri, policy) }
    let ask = background.current?.base === this.#base
    let waitsLeft = this.#wishes.noCache || this.#wishes.noStore ? 0 : MOST_WAITS
    for (;;) {
      const found = await store.find(sought, ask)
      const there = found.reply
      const use = there === undefined ? undefined : reuse(there, this.#wishes, clock.now())
      if (there !== undefined && use?.serve === true && !this.#isToLoad(use)) return this.#hit(there, use)
      const forward = whyForwarded(found, use)
      if (this.#wishes.onlyIfCached) return this.#refuse()
      if (request.method === 'HEAD') return await this.#pass(forward)
      const kind = this.#kindOf(found)
      const mayShare = waitsLeft > 0 && !flights.isUncacheable(kind)
      const flight = mayShare ? flights.joinable(found.key) : undefined
      if (flight !== undefined) {
        const outcome = await flight.wait(waitTimeout, callback => whenGone(reply, callback))
        if (reply.raw.destroyed) return reply
        if (typeof outcome === 'object' && this.#suits(outcome)) return this.#share(outcome.reply, forward)
        // It may be there by now, or another leads.
        waitsLeft = outcome === 'late' ? 0 : waitsLeft - 1
      } else if (!found.look.asked && !ask) {
        // What is stale in memory may be fresh in Redis; and what takes its place needs the stamps of now.
        ask = true
      } else {
        return await this.#lead(found, sought, { forward, kind, mayShare })
      }
    }
  }

  /** Whether what is stale is to be loaded here: this is the run in the background for it, or there can be none. */
  #isToLoad ({ background }: { background: boolean }): boolean {
    return background && (this.#parts.background.current?.base === this.#base || !isRepeatable(this.#call.request))
  }

  /** What a request with Authorization gets may not be stored where what others get is: whether to wait for it is remembered apart. */
  #kindOf ({ key }: Found): string {
    return this.#wishes.authorized && this.#call.policy.user === undefined ? `${key}\nauthorized` : key
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

  /** Gives what the run for another request made. */
  #share (stored: StoredReply, fwd: Forward): unknown {
    const { counters, clock } = this.#parts
    const { exchange, reply } = this.#call
    const now = clock.now()
    counters.collapsed++
    exchange.status = { fwd, collapsed: true, ttl: stored.lifetime - ageOf(stored, now) }
    exchange.typed = fieldOf(stored, 'content-type') !== undefined
    return ownBytes(present(reply, stored, this.#conditions, now))
  }

  /** RFC 9111 §5.2.1.7. */
  #refuse (): string {
    this.#call.exchange.status = { detail: 'only-if-cached' }
    this.#call.reply.code(504)
    return ''
  }

  /** Runs the handler for this request alone. */
  async #pass (fwd: Forward): Promise<unknown> {
    this.#parts.counters.misses++
    this.#call.exchange.status = { fwd }
    return await this.#run()
  }

  /** Runs the handler for a reply that is stored, and that others who ask for the same wait for where they may share it. */
  async #lead (found: Found, asked: Sought, { forward, kind, mayShare }: { forward: Forward, kind: string, mayShare: boolean }): Promise<unknown> {
    const { flights, clock, counters, background } = this.#parts
    const { exchange, request } = this.#call
    const { noStore, authorized } = this.#wishes
    counters.misses++
    exchange.status = { fwd: forward }
    const flight: Flight | undefined = mayShare ? flights.begin(found.key, found.look) : undefined
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
      kind,
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

function whyForwarded ({ reply, vary }: Found, use: Reuse | undefined): Forward {
  if (use?.serve === false) return use.why
  if (reply !== undefined) return 'stale'
  return vary.length > 0 ? 'vary-miss' : 'uri-miss'
}

/** What is stored is serialised already. What comes after it, where a hook fails and the app's error handler answers, is not. */
function serializeNoText (reply: FastifyReply): void {
  reply.serializer(payload => {
    if (typeof payload === 'string') return payload
    if (!reply.hasHeader('content-type')) reply.type('application/json; charset=utf-8')
    // Fastify's own value for a reply without a serializer: it leads to those of the route and the app.
    return reply.serializer(null as never).serialize(payload) as string
  })
}

/** What others are sent as well, hooks may not write into. */
function ownBytes (shared: Buffer | undefined): Buffer | undefined {
  return shared && Buffer.from(shared)
}

function whenGone ({ raw }: FastifyReply, callback: () => void): () => void {
  raw.once('close', callback)
  return () => raw.off('close', callback)
}
