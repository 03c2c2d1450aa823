import type { FastifyReply } from 'fastify'
import type { CacheStatus } from './cache-status.ts'
import { streamOf } from './collector.ts'
import type { Conditions } from './conditional.ts'
import type { Flight } from './flights.ts'
import type { Parts } from './parts.ts'
import type { Policy } from './policy.ts'
import type { Stages } from './stages.ts'
import type { Found, Sought } from './store.ts'
import type { StoredReply } from './stored-reply.ts'
import { fieldsDigest } from './variant.ts'

/** What is known of a request whose handler runs: its reply is to be stored, or replaced by a stored one. */
export interface LeadOptions {
  readonly found: Found
  readonly sought: Sought
  /** Of the request, as it was before it was made to ask for all. */
  readonly conditions: Conditions
  readonly authorized: boolean
  readonly noStore: boolean
  /** What is stored, where the handler was asked whether it still stands, or may fail. */
  readonly stale: StoredReply | undefined
  readonly flight: Flight | undefined
  /** Under which it is remembered whether to wait for such a reply is in vain. */
  readonly kind: string
  /** Milliseconds since the epoch: when the handler began. */
  asked: number
  /** Told that a reply was stored. */
  readonly onStored: () => void
}

/** A run of a handler, with what is needed to deal with its reply. */
export interface Lead extends LeadOptions {
  readonly parts: Parts
  readonly policy: Policy
  readonly reply: FastifyReply
  readonly stages: Stages
  /** Adds to what the reply says of how it was come by. */
  readonly report: (status: CacheStatus) => void
}

/** Keeps a reply for a number of seconds, and answers those who wait for it. */
export function keep (lead: Lead, reply: StoredReply, keepFor: number): void {
  const { parts: { store, counters, log, flights }, found, sought, flight, kind } = lead
  counters.stored++
  lead.onStored()
  flight?.settle({ reply, variant: fieldsDigest(sought.headers, reply.vary), standsIn: false })
  // What has to be validated each time, nobody can take from another.
  flights.rememberUncacheable(kind, reply.alwaysValidate)
  // Who comes before it is kept still joins.
  store.keep(found, sought, reply, keepFor).kept
    .catch((err: unknown) => { log.error({ err }, 'a reply could not be kept') })
    .finally(() => flight?.end())
}

/** Gives up what is stored, in whose place there is nothing. */
export function forget ({ found, flight }: Lead): void {
  if (found.reply !== undefined) found.look.forget(found.key).catch(() => {})
  flight?.end()
}

/** Nobody reads it: a source that waits for that would wait for ever. */
export function discard (payload: unknown): void {
  streamOf(payload)?.once('error', () => {}).destroy()
}
