import fc from 'fast-check'
import type { Command } from '../../plugins/upstash-client/index.ts'
import { storedLine } from '../../test/plugins/presence/stored-line.ts'
import { arbitraryDamage, damaged } from './damage.ts'

// What somebody else may write under presence's names, beside those who are really there.

const ROOMS = ['chat', 'chat', 'lobby', '*', '', '__proto__', 'n', ':', '🙂']
const USERS = ['zed', 'zed', 'bob', '', '__proto__', 'x'.repeat(129), 'a b', '\n', '🙂']
const number = fc.constantFrom<unknown>(0, 1, -1, 1.5, 1e300, 2 ** 60, '1', null)
const json = fc.jsonValue({ maxDepth: 2 })

const part = fc.record({
  state: fc.oneof(fc.constantFrom<unknown>('online', 'busy', 'invisible', '__proto__'), json),
  since: fc.oneof(number, json),
  connections: number,
  meta: fc.oneof(fc.constant([]), fc.array(json, { maxLength: 2 })),
  rooms: fc.oneof(fc.constant([]), fc.array(fc.constantFrom<unknown>(...ROOMS, 1), { maxLength: 2 }))
}, { requiredKeys: [] })
const status = fc.oneof(json, fc.record({ text: fc.string(), until: number, emoji: fc.string() }, { requiredKeys: [] }))
const line = fc.oneof(
  { weight: 2, arbitrary: fc.constant(storedLine()) },
  { weight: 3, arbitrary: part.map(storedLine) },
  { weight: 1, arbitrary: status.map(status => `= ${JSON.stringify(status)}`) }
)
const field = fc.tuple(fc.array(line, { maxLength: 3 }), arbitraryDamage).map(([lines, damage]) => damaged(lines.join('\n'), damage).toWellFormed())
const side = fc.oneof(field, fc.constant(false))
const change = fc.tuple(fc.constantFrom(...ROOMS), fc.constantFrom(...USERS), side, side)
const entry = fc.tuple(fc.oneof(fc.array(change, { maxLength: 2 }), json), arbitraryDamage).map(([changes, damage]) => damaged(JSON.stringify(changes), damage).toWellFormed())
const signal = fc.tuple(fc.oneof(fc.tuple(fc.constantFrom(...ROOMS), fc.constantFrom(...USERS), fc.constantFrom('typing', '', 'x'.repeat(65))), json), arbitraryDamage).map(([signal, damage]) => `!${damaged(JSON.stringify(signal), damage)}`)
const node = fc.constantFrom('other', '', 'x'.repeat(65), ' ', '=', 'a\nb', '__proto__')

/** A line break within a message is the wire's end of it. */
const message = fc.oneof(signal, fc.tuple(fc.constantFrom('', '1-1 ', '-1 ', '1-1-1 ', '1 ', `${'9'.repeat(16)}-1 `), entry).map(([id, text]) => id + text)).map(text => text.toWellFormed().replace(/[\r\n]/g, ' '))

export const arbitraryForeign: fc.Arbitrary<Command[]> = fc.array(fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...ROOMS), fc.constantFrom(...USERS), field).map(([room, user, text]): Command => ['HSET', `presence:r:${room}`, user, text]) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('d', 'd', 'd', 'other'), entry).map(([name, text]): Command => ['XADD', 'presence:ev', '*', name, text]) },
  { weight: 4, arbitrary: message.map((text): Command => ['PUBLISH', 'presence:ev', text]) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('+inf', '-inf', '-5', '1.5', '1e300', '1'), fc.constantFrom(...USERS)).map(([score, user]): Command => ['ZADD', 'presence:seen', score, user]) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('+inf', '-inf', '1', '1.5', '1e300'), node).map(([score, node]): Command => ['ZADD', 'presence:n', score, node]) },
  { weight: 1, arbitrary: fc.tuple(node, fc.constantFrom('@', '#', ':chat', ':', 'chat', '')).map(([node, member]): Command => ['ZADD', `presence:nr:${node}`, 1, member]) },
  { weight: 1, arbitrary: fc.constantFrom<Command>(['SET', 'presence:r:lobby', 'text'], ['RPUSH', 'presence:r:n', 'text'], ['SET', 'presence:nr:other', 'text'], ['SADD', 'presence:r:', 'text']) }
), { minLength: 1, maxLength: 6 })
