import type { FastifyReply } from 'fastify'
import { appendTo, writeCacheStatus, type CacheStatus } from './cache-status.ts'
import { capture } from './capture.ts'
import { mergedVary, privately } from './kept-fields.ts'
import type { Lead, LeadOptions } from './lead.ts'
import type { Parts } from './parts.ts'
import type { Policy } from './policy.ts'
import { asField } from './present.ts'
import { Stages } from './stages.ts'
import { storedInstead } from './stored-instead.ts'

/** What Fastify takes bytes for that have no type. */
const OCTETS = 'application/octet-stream'

/** A request to a cached route, from its handler on, and its reply. */
export class Exchange {
  status: CacheStatus = {}
  /** Whether the stored reply that is served has a Content-Type of its own; undefined where none is served. */
  typed: boolean | undefined
  /** Whether the reply is a user's: a cache between here and him knows nothing of our key. */
  isPrivate = false
  readonly #parts: Parts
  readonly #policy: Policy
  readonly #reply: FastifyReply
  #lead: Lead | undefined
  #finished = false

  constructor (parts: Parts, policy: Policy, reply: FastifyReply) {
    this.#parts = parts
    this.#policy = policy
    this.#reply = reply
  }

  /** From now on the handler's reply is looked at. */
  lead (options: LeadOptions): void {
    const [parts, policy, reply] = [this.#parts, this.#policy, this.#reply]
    const report = (status: CacheStatus) => { this.status = { ...this.status, ...status } }
    this.#lead = Object.assign(options, { parts, policy, reply, stages: new Stages(reply), report })
    // The client is gone, or the handler took the reply over: those who wait go their own ways.
    reply.raw.once('close', () => { if (!this.#finished) options.flight?.end() })
  }

  /** The last of the hooks before a reply is sent. Answers what is sent in place of `payload`; null for nothing. */
  finish (payload: unknown): unknown {
    // Where a stream fails before its first byte, the error comes this way again.
    if (this.#finished) return this.#failed(payload)
    this.#finished = true
    const sent = this.#lead === undefined ? payload : this.#finishLead(this.#lead, payload)
    const reply = this.#reply
    if (this.#policy.vary.length > 0) reply.header('vary', mergedVary(asField(reply.getHeader('vary')), this.#policy.vary))
    this.#keepPrivate()
    // Of a 304 that took the place of a stored reply: Fastify's HEAD has one of nothing.
    if (this.typed !== undefined && reply.statusCode === 304) reply.removeHeader('content-length')
    if (this.typed === false && reply.getHeader('content-type') === OCTETS) reply.removeHeader('content-type')
    reply.header('cache-status', appendTo(asField(reply.getHeader('cache-status')), writeCacheStatus(this.#parts.name, this.status)))
    // Undefined would leave the payload as it was.
    return sent ?? null
  }

  #failed (payload: unknown): unknown {
    const { fwd } = this.status
    this.#keepPrivate()
    this.#reply.header('cache-status', writeCacheStatus(this.#parts.name, { fwd }))
    return payload
  }

  #keepPrivate (): void {
    if (this.isPrivate) this.#reply.header('cache-control', privately(asField(this.#reply.getHeader('cache-control'))))
  }

  #finishLead (lead: Lead, given: unknown): unknown {
    const payload = unwrap(lead, given)
    const stored = storedInstead(lead, payload)
    return stored === undefined ? capture(lead, payload) : stored.body
  }
}

/** A fetch Response is status, fields and body in one, which Fastify would take apart only after this. */
function unwrap ({ reply, stages }: Lead, payload: unknown): unknown {
  if (Object.prototype.toString.call(payload) !== '[object Response]') return payload
  const { status, headers, body } = payload as Response
  reply.code(status)
  for (const [name, value] of headers) reply.header(name, value)
  stages.add(Object.fromEntries(headers))
  return body
}
