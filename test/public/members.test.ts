import { test } from 'tap'
import type { Member, PresenceEvent } from '../../plugins/presence/index.ts'

interface Gone { readonly state: string, readonly lastSeen?: number }
interface Company {
  readonly here: Map<string, Member>
  readonly gone: Map<string, Gone>
  readonly source: string | undefined
  readonly unlisted: number
  take (event: PresenceEvent): string | undefined
  nameOf (userId: string): string
}
const { Members, nameOf } = await import(new URL('../../public/members.js', import.meta.url).href) as { Members: new () => Company, nameOf: (member?: object) => string }

const member = (userId: string, more: Partial<Member> = {}): Member => ({ userId, state: 'online', since: 0, connections: 1, meta: { name: userId }, ...more })
const base = { id: '1', room: 'lobby', asOf: 7 }
const snapshot = (...members: Member[]) => ({ ...base, type: 'snapshot', members, total: members.length, complete: true, source: 'redis' }) as const
const join = (who: Member) => ({ ...base, type: 'join', member: who }) as const
const update = (who: Member) => ({ ...base, type: 'update', member: who }) as const

test('events tell who is here, and each change in words', async t => {
  const members = new Members()
  t.equal(members.take(snapshot(member('Ann'))), undefined)
  t.equal(members.take(join(member('Bob'))), 'Bob joined')
  t.equal(members.take(update(member('Bob', { state: 'away' }))), 'Bob is away')
  t.equal(members.take(update(member('Bob', { state: 'away', customStatus: { text: 'tea', emoji: '☕' } }))), 'Bob: ☕ tea')
  t.equal(members.take(update(member('Bob', { state: 'away', customStatus: { text: 'tea', emoji: '☕' }, connections: 2 }))), undefined)
  t.equal(members.take(update(member('Bob', { state: 'away' }))), 'Bob cleared the message')
  t.equal(members.take(update(member('Cleo', { customStatus: { text: 'hi' } }))), 'Cleo is online', 'also of who was not known')
  t.equal(members.take({ ...base, type: 'signal', userId: 'Bob', name: 'typing' }), undefined)
  t.equal(members.take({ ...base, type: 'leave', userId: 'Bob' }), 'Bob left')
  t.same([...members.here.keys()], ['Ann', 'Cleo'])
  t.match(members.gone.get('Bob'), { state: 'offline', lastSeen: 7 })
  t.equal(members.nameOf('Bob'), 'Bob')
  t.equal(members.take({ ...base, type: 'leave', userId: 'Bob' }), undefined, 'once')
  members.take(join(member('Bob')))
  t.same([...members.gone.keys()], [], 'who is back is not gone')
})

test('who is missing from a snapshot is gone, and where, is unknown', async t => {
  const members = new Members()
  members.take(snapshot(member('Ann'), member('__proto__')))
  members.take({ ...snapshot(member('Ann')), source: 'local', total: 3 })
  t.same([...members.here.keys()], ['Ann'])
  t.match(members.gone.get('__proto__'), { state: 'unknown', lastSeen: undefined })
  t.equal(members.source, 'local')
  t.equal(members.unlisted, 2)
  members.take(snapshot(member('Ann'), member('__proto__')))
  t.equal(members.gone.size, 0)
  t.equal(nameOf({}), 'Somebody')
  t.equal(nameOf(undefined), 'Somebody')
})
