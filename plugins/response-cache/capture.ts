import type { Readable } from 'node:stream'
import { Collector, streamOf } from './collector.ts'
import { UNCONDITIONAL } from './conditional.ts'
import { lineOf, type Fields } from './fields.ts'
import { mergedVary } from './kept-fields.ts'
import { discard, forget, keep, type Lead } from './lead.ts'
import { meetConditions, type Sent } from './present.ts'
import { verdictOn, type Refusal, type Verdict } from './storable.ts'
import type { StoredReply } from './stored-reply.ts'

/** Milliseconds in which the rest of a body has to come that is for the store alone. */
const DRAIN_TIMEOUT = 30_000

type Storable = Exclude<Verdict, Refusal>

/** All of a body; or why there is none to keep. */
type Collected = Buffer | 'too-large' | 'incomplete'

/** Stores a handler's reply, where it may be. Answers what is sent of it. */
export function capture (lead: Lead, payload: unknown): unknown {
  const { parts: { clock }, policy, reply, stages } = lead
  const { final } = stages
  const fields = policy.vary.length === 0 ? final : { ...final, vary: mergedVary(final['vary'], policy.vary) }
  const verdict = verdictOn({ status: reply.statusCode, fields, times: { asked: lead.asked, came: clock.now() } }, lead)
  return typeof verdict === 'string' ? pass(lead, verdict, payload) : store(lead, verdict, fields, payload)
}

/** What was stored is older than a reply that may not be, so it goes. */
function pass (lead: Lead, refusal: Refusal, payload: unknown): unknown {
  const { parts: { counters, flights }, flight, kind, reply, noStore, authorized, policy } = lead
  // What one request forbids for itself says nothing of what others are answered with.
  const isOfRequest = noStore || (authorized && policy.user === undefined)
  if (refusal === 'set-cookie') counters.setCookie++
  if (!noStore) flights.rememberUncacheable(kind, true)
  if (reply.statusCode < 500 && !isOfRequest) forget(lead)
  else flight?.end()
  return send(lead, payload)
}

/** As the client's conditions want it, which were kept from the handler. */
function send ({ reply, conditions, parts: { clock } }: Lead, payload: unknown): unknown {
  if (conditions === UNCONDITIONAL) return payload
  const stream = streamOf(payload)
  const body = stream === undefined ? bytesOf(payload) : undefined
  const sent = meetConditions(reply, conditions, body?.length ?? statedLength(reply), clock.now())
  if (sent === 'nothing') discard(payload)
  if (stream === undefined || typeof sent === 'string') return cut(payload, body, sent)
  return new Collector({ most: 0, expected: undefined, part: sent, onEnd: () => {} }).from(stream)
}

function store (lead: Lead, verdict: Storable, received: Fields, payload: unknown): unknown {
  const { parts: { maxEntrySize, clock }, reply, conditions } = lead
  const { keepFor, without, ...rest } = verdict
  complete(lead, received)
  const fields = lead.stages.kept(without)
  const stream = streamOf(payload)
  const body = stream === undefined ? bytesOf(payload) : undefined
  const length = body?.length ?? statedLength(reply)
  const fits = length === undefined || length <= maxEntrySize
  if (fits) lead.report({ stored: true, ttl: Math.max(0, rest.lifetime - rest.initialAge) })
  const onEnd = (collected: Collected) => end(lead, { ...rest, fields }, keepFor, collected)
  const sent = meetConditions(reply, conditions, length, clock.now())
  if (stream !== undefined) return collect(stream, { most: fits ? maxEntrySize : 0, expected: length, sent, onEnd })
  onEnd(fits && body !== undefined ? body : 'too-large')
  return cut(payload, body, sent)
}

/** Adds what a reply that is stored has to have. */
function complete ({ reply, parts: { clock } }: Lead, received: Fields): void {
  if (received['date'] === undefined) reply.header('date', new Date(clock.now()).toUTCString())
  if (received['vary'] !== undefined) reply.header('vary', String(lineOf(received['vary'])))
}

interface Collecting {
  readonly most: number
  readonly expected: number | undefined
  readonly sent: Sent
  readonly onEnd: (collected: Collected) => void
}

function collect (stream: Readable, { most, expected, sent, onEnd }: Collecting): unknown {
  if (sent === 'nothing' && most === 0) {
    discard(stream)
    onEnd('too-large')
    return undefined
  }
  const collector = new Collector({ most, expected, part: typeof sent === 'object' ? sent : undefined, onEnd }).from(stream)
  if (sent !== 'nothing') return collector
  // The client has it already, the store has not.
  const late = setTimeout(() => collector.destroy(), DRAIN_TIMEOUT).unref()
  collector.once('close', () => clearTimeout(late)).resume()
  return undefined
}

function end (lead: Lead, reply: Omit<StoredReply, 'body'>, keepFor: number, collected: Collected): void {
  const { parts: { counters, flights }, flight, kind } = lead
  if (typeof collected === 'object') {
    keep(lead, { ...reply, body: new Uint8Array(collected.buffer, collected.byteOffset, collected.byteLength) }, keepFor)
    return
  }
  counters[collected === 'too-large' ? 'tooLarge' : 'incomplete']++
  flights.rememberUncacheable(kind, collected === 'too-large')
  flight?.end()
}

function cut (payload: unknown, body: Buffer | undefined, sent: Sent): unknown {
  if (sent === 'all') return payload
  return sent === 'nothing' ? undefined : body?.subarray(sent.start, sent.end)
}

function statedLength (reply: Lead['reply']): number | undefined {
  const stated = reply.getHeader('content-length')
  return stated === undefined ? undefined : Number(stated)
}

function bytesOf (payload: unknown): Buffer {
  if (payload === undefined || payload === null) return Buffer.alloc(0)
  return Buffer.isBuffer(payload) ? payload : Buffer.from(payload as string)
}
