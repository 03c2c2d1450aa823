import { test } from 'tap'
import type { Command } from '../../../plugins/upstash-client/index.ts'
import { startLocal } from '../../local.ts'
import { storedLine } from './stored-line.ts'
import { startStill, until } from './upstash.ts'

// What somebody else writes under our names is shown only where it is exactly what presence could have written.

// On a busy machine the first answer takes longer than a call may, and is then given by the process alone.
const PATIENT = { timeLimit: 20_000 }
const LONG = 'x'.repeat(129)
const LEGAL = storedLine()

const FIELDS: Record<string, string> = {
  'no node': LEGAL.slice('node '.length),
  'an empty node': LEGAL.slice('node'.length),
  'a node that is none': `a"b ${LEGAL.slice('node '.length)}`,
  'one value more': LEGAL.replace(/]$/, ',1]'),
  'one value less': LEGAL.replace(',[]]', ']'),
  'another state': storedLine({ state: 'invisible' }),
  'a time that is none': storedLine({ since: 1.5 }),
  'a time before the beginning': storedLine({ since: -1 }),
  'fewer connections than none': storedLine({ connections: -1 }),
  'meta of null': storedLine({ meta: [null] }),
  'meta twice': storedLine({ meta: [1, 2] }),
  'too much meta': storedLine({ meta: ['x'.repeat(1024)] }),
  'a room that is none': storedLine({ rooms: [1] }),
  'a room with too long a name': storedLine({ rooms: [LONG] }),
  'the room of everybody among the others': storedLine({ rooms: ['*'] })
}

test('a field of another form shows nobody', async t => {
  const local = await startLocal(t)
  const { app, presence, reader } = await startStill(t, local, {}, PATIENT)
  await app.upstash?.send(['HSET', 'presence:r:chat', ...Object.entries(FIELDS).flat(), 'ann', LEGAL])
  await app.upstash?.batch(['', LONG].map((userId): Command => ['HSET', 'presence:r:chat', userId, LEGAL]))
  t.same((await presence.list('chat')).members.map(({ userId }) => userId), ['ann'])
  for (const userId of Object.keys(FIELDS)) t.match(await presence.get(userId, 'chat'), { state: 'offline' }, userId)
  await reader('chat').expect('snapshot ann')
})

test('a custom status of another form is none', async t => {
  const local = await startLocal(t)
  const { app, presence } = await startStill(t, local, {}, PATIENT)
  const statuses = [{}, { text: '' }, { text: 'x'.repeat(257) }, { text: 'a', emoji: 1 }, { text: 'a', emoji: 'x'.repeat(65) }, { text: 'a', expiresAt: 'never' }, { text: 'a', until: '5' }, { text: 'a', more: 1 }, [], 5, null]
  for (const status of statuses) {
    await app.upstash?.send(['HSET', 'presence:r:chat', 'ann', `${LEGAL}\n= ${JSON.stringify(status)}`])
    t.notOk('customStatus' in await presence.get('ann', 'chat'), JSON.stringify(status))
  }
  await app.upstash?.send(['HSET', 'presence:r:chat', 'ann', `${LEGAL}\n= {"text":"a"}`])
  t.match(await presence.get('ann', 'chat'), { customStatus: { text: 'a' } })
})

test('an entry or a message of another form tells nothing', async t => {
  const local = await startLocal(t)
  const { app, presence, clock, reader } = await startStill(t, local, {}, PATIENT)
  const watch = reader('chat')
  await watch.expect('snapshot')
  const change = ['chat', 'zed', false, LEGAL]
  const entries = [[], [change.slice(0, 3)], [[...change, 1]], [['chat', '', false, LEGAL]], [['chat', LONG, false, LEGAL]], [[LONG, 'zed', false, LEGAL]], [['chat', 'zed', LEGAL, LEGAL]], [['chat', 'zed', false, '']], [change, 1]]
  for (const entry of entries) {
    const text = JSON.stringify(entry)
    await app.upstash?.send(['PUBLISH', 'presence:ev', `${await app.upstash.send(['XADD', 'presence:ev', '*', 'd', text])} ${text}`])
  }
  const text = JSON.stringify([change])
  for (const id of ['1', '-1', '1-1-1', '1-1x', `${'9'.repeat(16)}-1`]) await app.upstash?.send(['PUBLISH', 'presence:ev', `${id} ${text}`])
  for (const signal of [['chat', 'zed', ''], ['chat', 'zed', 'x'.repeat(65)], ['chat', '', 'typing'], ['chat', LONG, 'typing'], ['chat', 'zed', 'typing', 1]]) await app.upstash?.send(['PUBLISH', 'presence:ev', `!${JSON.stringify(signal)}`])
  presence.connect({ userId: 'ann', room: 'chat' })
  clock.advance(5)
  await watch.expect('join ann online')
})

test('a score that is no time is not when somebody was last seen', async t => {
  const local = await startLocal(t)
  const { app, presence } = await startStill(t, local, {}, PATIENT)
  for (const score of ['+inf', '-inf', '-5', '1.5', '1e300']) {
    await app.upstash?.send(['ZADD', 'presence:seen', score, 'ann'])
    t.notOk('lastSeen' in await presence.get('ann'), score)
  }
})

test('beats go on from an entry of somebody else', async t => {
  const local = await startLocal(t)
  const { app, presence, clock, reader } = await startStill(t, local, {}, PATIENT)
  await app.upstash?.send(['XADD', 'presence:ev', '*', 'other', '1'])
  const watch = reader('chat')
  await watch.expect('snapshot')
  const { total } = presence.stats().snapshots
  await until(async () => { clock.advance(12_500); return local.stats().byCommand['xrange'] }, count => Number(count) >= 3)
  presence.connect({ userId: 'ann', room: 'chat' })
  clock.advance(5)
  await watch.expect('join ann online')
  t.equal(presence.stats().snapshots.total, total)
})
