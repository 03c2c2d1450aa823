import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { appendTo, writeCacheStatus, type CacheStatus } from './cache-status.ts'
import { Collector, streamOf } from './collector.ts'
import { confirms, UNCONDITIONAL, type Conditions } from './conditional.ts'
import { lineOf, toFields, type Fields } from './fields.ts'
import type { Flight } from './flights.ts'
import { keptFields, mergedVary, privately, updatedFields } from './kept-fields.ts'
import type { Parts } from './parts.ts'
import type { Policy } from './policy.ts'
import { asField, meetConditions, present, type Sent } from './present.ts'
import { mayStandIn } from './reuse.ts'
import { verdictOn, type Verdict } from './storable.ts'
import type { Found, Sought } from './store.ts'
import { ageOf, type StoredReply } from './stored-reply.ts'
import { fieldsDigest } from './variant.ts'

/** Errors that a stored reply may stand in for: RFC 5861 §4. */
const STANDS_IN_FOR = new Set([500, 502, 503, 504])

const OCTETS = 'application/octet-stream'

/** Milliseconds in which the rest of a body has to come that is for the store alone. */
const DRAIN_TIMEOUT = 30_000

/** A reply that is to be stored, or to be replaced by a stored one. */
export interface Lead {
  readonly found: Found
  readonly sought: Sought
  /** Of the request, as it was before it was made to ask for all. */
  readonly conditions: Conditions
  readonly authorized: boolean
  readonly noStore: boolean
  /** What is stored, where the handler was asked whether it still stands, or may fail. */
  readonly stale: StoredReply | undefined
  readonly flight: Flight | undefined
  /** Milliseconds since the epoch: when the handler began. */
  asked: number
  /** Told that a reply was stored. */
  readonly onStored: () => void
}

/** A request to a cached route, from its handler on, and its reply. */
export class Exchange {
  status: CacheStatus = {}
  /** Whether the stored reply that is served has a Content-Type of its own; undefined where none is served. */
  typed: boolean | undefined
  readonly #parts: Parts
  readonly #policy: Policy
  readonly #reply: FastifyReply
  /** What hooks had set before the handler. */
  #before: Fields = {}
  #sent: Fields | undefined
  #lead: Lead | undefined
  #finished = false

  constructor (parts: Parts, policy: Policy, reply: FastifyReply) {
    this.#parts = parts
    this.#policy = policy
    this.#reply = reply
  }

  /** From now on the handler's reply is looked at. */
  lead (lead: Lead): void {
    this.#lead = lead
    const reply = this.#reply
    this.#before = toFields(reply.getHeaders())
    const send = reply.send
    reply.send = payload => {
      if (!(payload instanceof Error)) this.#sent = toFields(reply.getHeaders())
      return send.call(reply, payload)
    }
    // The client is gone, or the handler took the reply over: those who wait go their own ways.
    reply.raw.once('close', () => { if (!this.#finished) lead.flight?.end() })
  }

  /** The last of the hooks before a reply is sent. Answers what is sent in place of `payload`. */
  finish (payload: unknown): unknown {
    // Where a later hook threw, or a stream before its first byte, the error comes this way again.
    if (this.#finished) return this.#failed(payload)
    this.#finished = true
    const sent = this.#lead === undefined ? payload : this.#finishLead(this.#lead, payload)
    if (this.#policy.vary.length > 0) this.#reply.header('vary', mergedVary(asField(this.#reply.getHeader('vary')), this.#policy.vary))
    // Fastify's HEAD has one of nothing.
    if (this.#reply.statusCode === 304) this.#reply.removeHeader('content-length')
    // Fastify gives a body of bytes a type where it has none.
    if (this.typed === false && this.#reply.getHeader('content-type') === OCTETS) this.#reply.removeHeader('content-type')
    this.#reply.header('cache-status', appendTo(asField(this.#reply.getHeader('cache-status')), writeCacheStatus(this.#parts.name, this.status)))
    // Undefined would leave the payload as it was.
    return sent ?? null
  }

  #failed (payload: unknown): unknown {
    const { fwd } = this.status
    this.#reply.header('cache-status', writeCacheStatus(this.#parts.name, { fwd }))
    return payload
  }

  #finishLead (lead: Lead, given: unknown): unknown {
    const payload = this.#unwrap(given)
    const reply = this.#reply
    const fields = toFields(reply.getHeaders())
    const { stale } = lead
    const now = this.#parts.clock.now()
    if (stale !== undefined && reply.statusCode === 304) {
      discard(payload)
      const isAboutIt = confirms({ etag: lineOf(fields['etag']), lastModified: lineOf(fields['last-modified']) }, stale)
      return isAboutIt ? this.#freshen(lead, stale, fields) : this.#sendForTheLastTime(lead, stale)
    }
    if (stale !== undefined && STANDS_IN_FOR.has(reply.statusCode) && mayStandIn(stale, now)) {
      discard(payload)
      return this.#standIn(lead, stale)
    }
    const received = { ...fields, ...(this.#policy.vary.length > 0 ? { vary: mergedVary(fields['vary'], this.#policy.vary) } : {}) }
    const verdict = verdictOn({ status: reply.statusCode, fields: received, times: { asked: lead.asked, came: now } }, { ...lead, policy: this.#policy })
    return typeof verdict === 'string' ? this.#pass(lead, verdict, payload) : this.#capture(lead, verdict, payload, received)
  }

  /** A fetch Response is status, fields and body in one, which Fastify would take apart only after this. */
  #unwrap (payload: unknown): unknown {
    if (Object.prototype.toString.call(payload) !== '[object Response]') return payload
    const { status, headers, body } = payload as Response
    this.#reply.code(status)
    for (const [name, value] of headers) this.#reply.header(name, value)
    this.#sent = { ...this.#sent, ...Object.fromEntries([...headers].filter(([name]) => name !== 'set-cookie')) }
    return body
  }

  /** RFC 9111 §4.3.4. */
  #freshen (lead: Lead, stale: StoredReply, fields: Fields): unknown {
    const { counters, clock } = this.#parts
    counters.revalidated++
    const came = clock.now()
    const sent = this.#sent ?? {}
    // Fastify gives an empty text a type, which is not that of what is stored.
    const { 'content-type': _given, ...final } = fields
    const type = sent['content-type']
    const update = keptFields({ before: this.#before, sent, final: type === undefined ? final : { ...final, 'content-type': type } }, [])
    // Its own date, where the handler gave none, is now: it was found to stand.
    const withoutDate = stale.fields.filter(([name]) => name !== 'date')
    const updated = updatedFields(withoutDate, update.some(([name]) => name === 'date') ? update : [...update, ['date', new Date(came).toUTCString()]])
    const verdict = verdictOn({ status: stale.status, fields: Object.fromEntries([...updated, ...(fields['age'] === undefined ? [] : [['age', fields['age']] as const])]), times: { asked: lead.asked, came } }, { ...lead, policy: this.#policy })
    if (typeof verdict === 'string') return this.#sendForTheLastTime(lead, { ...stale, fields: updated })
    this.#clear()
    const { keepFor, without, ...rest } = verdict
    const fresh: StoredReply = { ...rest, fields: updated.filter(([name]) => !without.includes(name)), body: stale.body }
    this.#keep(lead, fresh, keepFor)
    this.status = { ...this.status, fwdStatus: 304, stored: true, ttl: Math.max(0, fresh.lifetime - ageOf(fresh, came)) }
    return present(this.#reply, fresh, lead.conditions, came)
  }

  /** The handler found it to stand for this request, and it is not to be kept any longer. */
  #sendForTheLastTime ({ found, flight, conditions }: Lead, stale: StoredReply): unknown {
    found.look.forget(found.key).catch(() => {})
    flight?.end()
    this.#clear()
    this.status = { ...this.status, fwdStatus: 304 }
    return present(this.#reply, stale, conditions, this.#parts.clock.now())
  }

  #standIn (lead: Lead, stale: StoredReply): unknown {
    const { counters, clock } = this.#parts
    counters.staleIfError++
    this.status = { ...this.status, fwdStatus: this.#reply.statusCode, detail: 'stale-if-error', ttl: stale.lifetime - ageOf(stale, clock.now()) }
    this.#clear()
    lead.flight?.settle({ reply: stale, variant: fieldsDigest(lead.sought.headers, stale.vary), standsIn: true })
    lead.flight?.end()
    return present(this.#reply, stale, lead.conditions, clock.now())
  }

  /** Takes back what the handler's reply had set. */
  #clear (): void {
    const sent = this.#sent ?? this.#before
    for (const [name, value] of Object.entries(this.#reply.getHeaders())) {
      const before = this.#before[name]
      // What hooks that ran after the handler added, such as a cookie, is for this request.
      const isOfHook = String(sent[name]) !== String(value)
      if (before === undefined && (!isOfHook || /^content-|^etag$/.test(name))) this.#reply.removeHeader(name)
      else if (before !== undefined && !isOfHook) this.#reply.header(name, typeof before === 'string' ? before : [...before])
    }
  }

  /** The reply is not stored. What was there is older than it, so it goes. */
  #pass (lead: Lead, verdict: Exclude<Verdict, object>, payload: unknown): unknown {
    const { counters, flights } = this.#parts
    if (verdict === 'set-cookie') counters.setCookie++
    flights.rememberUncacheable(lead.found.key, true)
    if (lead.found.reply !== undefined && this.#reply.statusCode < 500) lead.found.look.forget(lead.found.key).catch(() => {})
    lead.flight?.end()
    return this.#send(payload, lead.conditions)
  }

  /** With no store behind it. */
  #send (payload: unknown, conditions: Conditions): unknown {
    if (conditions === UNCONDITIONAL) return payload
    const stream = streamOf(payload)
    const body = stream === undefined ? bytesOf(payload) : undefined
    const sent = meetConditions(this.#reply, conditions, body?.length ?? this.#statedLength(), this.#parts.clock.now())
    if (sent === 'all') return payload
    if (sent === 'nothing') {
      discard(payload)
      return undefined
    }
    if (stream === undefined) return body?.subarray(sent.start, sent.end)
    return new Collector({ most: 0, expected: undefined, part: sent, onEnd: () => {} }).from(stream)
  }

  #capture (lead: Lead, verdict: Exclude<Verdict, string>, payload: unknown, received: Fields): unknown {
    const { flights, maxEntrySize, clock } = this.#parts
    const { keepFor, without, ...rest } = verdict
    flights.rememberUncacheable(lead.found.key, false)
    this.#complete(received)
    const fields = keptFields({ before: this.#before, sent: this.#sent ?? {}, final: toFields(this.#reply.getHeaders()) }, without)
    const keep = (body: Buffer | 'too-large' | 'incomplete') => this.#collected(lead, { ...rest, fields }, keepFor, body)
    const stream = streamOf(payload)
    if (stream === undefined) {
      const body = bytesOf(payload)
      const fits = body.length <= maxEntrySize
      this.#willBeStored(fits, rest)
      keep(fits ? body : 'too-large')
      return cut(payload, body, meetConditions(this.#reply, lead.conditions, body.length, clock.now()))
    }
    const expected = this.#statedLength()
    const fits = expected === undefined || expected <= maxEntrySize
    this.#willBeStored(fits, rest)
    const sent = meetConditions(this.#reply, lead.conditions, expected, clock.now())
    return this.#collect(stream, { most: fits ? maxEntrySize : 0, expected, sent, keep })
  }

  #willBeStored (stored: boolean, { lifetime, initialAge }: Pick<StoredReply, 'lifetime' | 'initialAge'>): void {
    this.status = { ...this.status, stored, ttl: stored ? Math.max(0, lifetime - initialAge) : undefined }
  }

  #collect (stream: Readable, { most, expected, sent, keep }: { most: number, expected: number | undefined, sent: Sent, keep: (body: Buffer | 'too-large' | 'incomplete') => void }): unknown {
    const collector = new Collector({ most, expected, part: typeof sent === 'object' ? sent : undefined, onEnd: keep })
    if (sent !== 'nothing') return collector.from(stream)
    if (most === 0) {
      discard(stream)
      keep('too-large')
      return undefined
    }
    // The client has it already, the store has not.
    const late = setTimeout(() => collector.destroy(), DRAIN_TIMEOUT).unref()
    collector.once('close', () => clearTimeout(late))
    collector.from(stream).resume()
    return undefined
  }

  #collected (lead: Lead, reply: Omit<StoredReply, 'body'>, keepFor: number, body: Buffer | 'too-large' | 'incomplete'): void {
    const { counters } = this.#parts
    if (typeof body === 'object') {
      this.#keep(lead, { ...reply, body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) }, keepFor)
      return
    }
    if (body === 'too-large') counters.tooLarge++
    else counters.incomplete++
    lead.flight?.end()
  }

  #keep ({ found, sought, flight, onStored }: Lead, reply: StoredReply, keepFor: number): void {
    const { store, counters, log } = this.#parts
    counters.stored++
    onStored()
    flight?.settle({ reply, variant: fieldsDigest(sought.headers, reply.vary), standsIn: false })
    // Who comes before it is kept still joins.
    store.keep(found, sought, reply, keepFor).kept
      .catch((err: unknown) => { log.error({ err }, 'a reply could not be kept') })
      .finally(() => flight?.end())
  }

  /** Adds what a reply that is stored has to have. */
  #complete (received: Fields): void {
    const reply = this.#reply
    if (received['date'] === undefined) reply.header('date', new Date(this.#parts.clock.now()).toUTCString())
    if (received['vary'] !== undefined) reply.header('vary', String(lineOf(received['vary'])))
    if (this.#policy.user !== undefined) reply.header('cache-control', privately(asField(reply.getHeader('cache-control'))))
  }

  #statedLength (): number | undefined {
    const stated = this.#reply.getHeader('content-length')
    return stated === undefined ? undefined : Number(stated)
  }
}

function bytesOf (payload: unknown): Buffer {
  if (payload === undefined || payload === null) return Buffer.alloc(0)
  return Buffer.isBuffer(payload) ? payload : Buffer.from(payload as string)
}

function cut (payload: unknown, body: Buffer, sent: Sent): unknown {
  if (sent === 'all') return payload
  return sent === 'nothing' ? undefined : body.subarray(sent.start, sent.end)
}

/** Nobody reads it: a source that waits for that would wait for ever. */
function discard (payload: unknown): void {
  const stream = streamOf(payload)
  stream?.once('error', () => {}).destroy()
}
