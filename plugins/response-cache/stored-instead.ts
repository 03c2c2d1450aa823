import { confirms } from './conditional.ts'
import { lineOf, type Fields } from './fields.ts'
import { updatedFields } from './kept-fields.ts'
import { discard, forget, keep, type Lead } from './lead.ts'
import { present } from './present.ts'
import { mayStandIn } from './reuse.ts'
import { verdictOn } from './storable.ts'
import { ageOf, type StoredReply } from './stored-reply.ts'
import { fieldsDigest } from './variant.ts'

/** Errors that a stored reply may stand in for: RFC 5861 §4. */
const STANDS_IN_FOR = new Set([500, 502, 503, 504])

/** Makes a stored reply Fastify's in the place of the handler's 304 or error. Answers its body; undefined where it takes no such place. */
export function storedInstead (lead: Lead, payload: unknown): { body: Buffer | undefined } | undefined {
  const { stale, reply: { statusCode }, parts: { clock } } = lead
  if (stale === undefined) return undefined
  if (statusCode === 304) {
    discard(payload)
    const { etag, 'last-modified': lastModified } = lead.stages.final
    const isAboutIt = confirms({ etag: lineOf(etag), lastModified: lineOf(lastModified) }, stale)
    return { body: isAboutIt ? freshen(lead, stale) : sendForTheLastTime(lead, stale) }
  }
  if (!STANDS_IN_FOR.has(statusCode) || !mayStandIn(stale, clock.now())) return undefined
  discard(payload)
  return { body: standIn(lead, stale) }
}

/** RFC 9111 §4.3.4. */
function freshen (lead: Lead, stale: StoredReply): Buffer | undefined {
  const { parts: { counters, clock }, reply, conditions } = lead
  counters.revalidated++
  const came = clock.now()
  const updated = updated304(lead, stale, came)
  const { age } = lead.stages.final
  const fields = { ...Object.fromEntries(updated), ...(age === undefined ? {} : { age }) }
  const verdict = verdictOn({ status: stale.status, fields, times: { asked: lead.asked, came } }, lead)
  if (typeof verdict === 'string') return sendForTheLastTime(lead, { ...stale, fields: updated })
  const { keepFor, without, ...rest } = verdict
  const fresh: StoredReply = { ...rest, fields: updated.filter(([name]) => !without.includes(name)), body: stale.body }
  lead.stages.takeBack()
  keep(lead, fresh, keepFor)
  lead.report({ fwdStatus: 304, stored: true, ttl: Math.max(0, fresh.lifetime - ageOf(fresh, came)) })
  return present(reply, fresh, conditions, came)
}

function updated304 ({ stages }: Lead, stale: StoredReply, came: number): StoredReply['fields'] {
  // Fastify gives an empty text a type, which is not that of what is stored.
  const { 'content-type': _given, ...final } = stages.final
  const type = stages.sent['content-type']
  const update = stages.kept([], type === undefined ? final : { ...final, 'content-type': type } satisfies Fields)
  // The date of a 304 that has none is now.
  const dated = update.some(([name]) => name === 'date') ? update : [...update, ['date', new Date(came).toUTCString()] as const]
  return updatedFields(stale.fields, dated)
}

/** The handler found it to stand for this request, and it is not to be kept any longer. */
function sendForTheLastTime (lead: Lead, stale: StoredReply): Buffer | undefined {
  forget(lead)
  lead.stages.takeBack()
  lead.report({ fwdStatus: 304 })
  return present(lead.reply, stale, lead.conditions, lead.parts.clock.now())
}

function standIn (lead: Lead, stale: StoredReply): Buffer | undefined {
  const { parts: { counters, clock }, reply, flight, conditions, sought } = lead
  const now = clock.now()
  counters.staleIfError++
  lead.report({ fwdStatus: reply.statusCode, detail: 'stale-if-error', ttl: stale.lifetime - ageOf(stale, now) })
  lead.stages.takeBack()
  flight?.settle({ reply: stale, variant: fieldsDigest(sought.headers, stale.vary), standsIn: true })
  flight?.end()
  return present(reply, stale, conditions, now)
}
