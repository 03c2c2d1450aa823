import fc from 'fast-check'
import { arbitraryDamage, damaged } from './damage.ts'
import type { Fate } from './raw-server.ts'

const STATUSES = [201, 204, 304, 302, 400, 401, 403, 404, 405, 413, 429, 500, 502, 503, 599, 999, 101]
const TYPES = ['application/json', 'text/html; charset=utf-8', 'text/event-stream', 'application/json; x="y', 'multipart/form-data', `x/${'y'.repeat(400)}`, '']
const FIELDS = ['retry-after: 1', 'retry-after: -5', 'retry-after: 99999999999999999999', 'retry-after: Fri, 31 Dec 9999 23:59:59 GMT', 'retry-after: soon', 'upstash-sync-token: a', `upstash-sync-token: ${'t'.repeat(3_000)}`, 'content-encoding: gzip', 'connection: close', 'location: http://127.0.0.1:1/', 'set-cookie: a=b']
const ERRORS = ['ERR', 'WRONGTYPE Operation against a key holding the wrong kind of value', 'WRONGPASS no', 'NOSCRIPT none', 'ERR max requests limit exceeded. Limit: 1, Usage: 1', '', 'X'.repeat(400), `ERR ${'repeated '.repeat(50)}`]
const EVENTS = ['data: subscribe,chat,1\n\n', 'data: message,chat,text\n\n', 'data:message,chat,', 'event: message\n', ': heartbeat\n\n', 'data: message,chat,"\\ud800"\r\n\r\n', 'data: psubscribe,*,1\n']

const text = fc.oneof(fc.constantFrom('', 'OK', 'T0s=', 'dGV4dA==', 'dGV4dA', '====', 'PONG'), fc.base64String({ maxLength: 8 }), fc.string({ maxLength: 4 }))
const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof({ depthSize: 'small' }, text, fc.integer(), fc.double(), fc.constantFrom<unknown>(null, true, false, 2 ** 60, {}), fc.array(tie('value'), { maxLength: 3 }))
}))
const outcome = fc.oneof(
  { weight: 3, arbitrary: fc.record({ result: value }) }, { weight: 2, arbitrary: fc.record({ error: fc.oneof(fc.constantFrom(...ERRORS), value) }) },
  { weight: 1, arbitrary: fc.record({ result: value, error: value }) }
)

const body = fc.oneof(
  { weight: 3, arbitrary: outcome.map(one => JSON.stringify(one)) },
  { weight: 3, arbitrary: fc.array(outcome, { maxLength: 3 }).map(list => JSON.stringify(list)) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom('<html>bad gateway</html>', '', '['.repeat(3_000), `{"result":${'['.repeat(200)}${']'.repeat(200)}}`) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...EVENTS), { maxLength: 5 }).map(events => events.join('')) }
)

/** So that what is wrong elsewhere is read at all. */
function mostly<T> (right: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
}

/** The bytes of a reply, nearly right or not at all. */
export interface HttpReply { readonly text: string, readonly fate: Fate }

export const arbitraryReply: fc.Arbitrary<HttpReply> = fc.record({
  status: mostly(200, ...STATUSES),
  type: fc.constantFrom(...TYPES),
  fields: fc.array(fc.constantFrom(...FIELDS), { maxLength: 2 }),
  framing: mostly('length', 'none', 'chunked', 'too long', 'too short', 'twice'),
  body,
  ofBody: fc.oneof(fc.constant([]), arbitraryDamage),
  // Now and then: most of what is no HTTP is told in one line of the parser.
  ofAll: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: arbitraryDamage }),
  fate: fc.oneof({ weight: 8, arbitrary: fc.constant<Fate>('end') }, { weight: 1, arbitrary: fc.constantFrom<Fate>('reset', 'keep') })
}).map(({ status, type, fields, framing, body, ofBody, ofAll, fate }) => {
  const sent = damaged(body, ofBody)
  const length = Buffer.byteLength(sent)
  const [head, framed] = frame(framing, sent, length)
  return { text: damaged([`HTTP/1.1 ${status} status`, `content-type: ${type}`, ...fields, ...head, '', framed].join('\r\n'), ofAll), fate }
})

function frame (framing: string, sent: string, length: number): [head: string[], body: string] {
  switch (framing) {
    case 'none': return [[], sent]
    case 'chunked': return [['transfer-encoding: chunked'], `${length.toString(16)}\r\n${sent}\r\n0\r\n\r\n`]
    case 'too long': return [[`content-length: ${length + 7}`], sent]
    case 'too short': return [[`content-length: ${Math.max(0, length - 7)}`], sent]
    case 'twice': return [[`content-length: ${length}`, 'transfer-encoding: chunked'], sent]
    default: return [[`content-length: ${length}`], sent]
  }
}
