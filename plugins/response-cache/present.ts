import type { FastifyReply } from 'fastify'
import { isNotModified, UNCONDITIONAL, type Conditions } from './conditional.ts'
import { lineOf, type FieldValue } from './fields.ts'
import { mergedVary } from './kept-fields.ts'
import { admitsPart, partOf, type Part } from './range.ts'
import { ageOf, bytesOf, type StoredReply } from './stored-reply.ts'

/** What is sent of a body: all, a part, or nothing. */
export type Sent = 'all' | 'nothing' | Exclude<Part, 'unsatisfiable'>

/** Makes a stored reply Fastify's, as a request's conditions want it. Answers its body; undefined for none. */
export function present (reply: FastifyReply, stored: StoredReply, conditions: Conditions, now: number): Buffer | undefined {
  for (const [name, value] of stored.fields) {
    const there = name === 'vary' ? lineOf(asField(reply.getHeader(name))) : undefined
    reply.header(name, there === undefined ? copyOf(value) : mergedVary(there, value))
  }
  // §5.1.
  reply.header('age', String(Math.floor(ageOf(stored, now))))
  reply.code(stored.status)
  const bytes = bytesOf(stored)
  const sent = meetConditions(reply, conditions, bytes.length, now)
  if (sent === 'nothing') return undefined
  return sent === 'all' ? bytes : bytes.subarray(sent.start, sent.end)
}

/** Turns a 200 into the 304, 206 or 416 that the conditions of a request ask for. `length` of its body, where that is known. */
export function meetConditions (reply: FastifyReply, conditions: Conditions, length: number | undefined, now: number): Sent {
  if (conditions === UNCONDITIONAL) return 'all'
  const field = (name: string) => lineOf(asField(reply.getHeader(name)))
  const [etag, lastModified, date] = [field('etag'), field('last-modified'), field('date')]
  // RFC 9111 §4.3.2: without Last-Modified by Date.
  if (isNotModified(conditions, { status: reply.statusCode, etag, lastModified: lastModified ?? date, now })) {
    reply.code(304)
    // RFC 9110 §15.4.5: nothing about a body that is not sent.
    for (const name of ['content-type', 'content-length', 'content-encoding', 'content-language']) reply.removeHeader(name)
    return 'nothing'
  }
  const { range, ifRange } = conditions
  if (reply.statusCode !== 200 || range === undefined || length === undefined || reply.request.method !== 'GET') return 'all'
  if (!admitsPart(ifRange, { etag, lastModified, date, now })) return 'all'
  const part = partOf(range, length)
  if (part === undefined) return 'all'
  if (part === 'unsatisfiable') {
    reply.code(416).header('content-range', `bytes */${length}`)
    for (const name of ['content-type', 'content-length', 'content-encoding']) reply.removeHeader(name)
    return 'nothing'
  }
  reply.code(206).header('content-range', `bytes ${part.start}-${part.end - 1}/${length}`).header('content-length', String(part.end - part.start))
  return part
}

export function asField (value: number | string | string[] | undefined): FieldValue | undefined {
  return typeof value === 'number' ? String(value) : value
}

/** Fastify and hooks may write into it. */
function copyOf (value: FieldValue): string | string[] {
  return typeof value === 'string' ? value : [...value]
}
