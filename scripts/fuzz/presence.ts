import assert from 'node:assert/strict'
import { describe } from '../../contracts/presence/bench.ts'
import type { Member } from '../../plugins/presence/index.ts'
import { startLocal } from '../../test/local.ts'
import { startStill } from '../../test/plugins/presence/upstash.ts'
import { arbitraryForeign } from './foreign.ts'
import { scoped } from './scope.ts'
import { target } from './target.ts'

const STATES = ['online', 'away', 'busy']
const READ = ['chat', '*', 'lobby', '__proto__', 'n']

/**
 * Whatever else lies under presence's names or is told on its channel, those who are really there are seen, those who come are told, and
 * what is shown besides is of the form that presence has.
 */
export const presence = target('presence', arbitraryForeign, async owner => {
  const local = await startLocal(owner)
  return async foreign => await scoped(async owner => {
    await local.flush()
    const { app, presence, reader, clock } = await startStill(owner, local, {}, { timeLimit: 20_000 })
    const watch = reader('chat')
    presence.connect({ userId: 'ann', room: 'chat', meta: { seat: 1 } })
    clock.advance(5)
    await reads(watch, /^(snapshot ann|join ann online)$/)
    await app.upstash?.batch(foreign)
    clock.advance(25_000)
    const zoe = presence.connect({ userId: 'zoe', room: 'chat', status: 'busy' })
    clock.advance(5)
    await reads(watch, /^(join zoe busy|snapshot .*\bzoe\b.*)$/s)
    for (const room of READ) {
      const { members, total } = await presence.list(room)
      members.forEach(assertMember)
      assert.ok(members.length <= total)
      // It counts fields, which costs one command whatever their number, also those that nobody can read.
      const { total: counted } = await presence.count(room)
      assert.ok(counted >= total && counted <= total + foreign.length, `${counted} are counted in ${room}, and ${total} found`)
      if (room !== 'chat' && room !== '*') continue
      assert.deepEqual(members.filter(({ userId }) => userId === 'ann' || userId === 'zoe').map(({ userId, state, connections, meta }) => [userId, state, connections, meta]).sort(), [['ann', 'online', 1, { seat: 1 }], ['zoe', 'busy', 1, undefined]], room)
    }
    assert.equal((await presence.get('ann')).state, 'online')
    zoe.close()
    clock.advance(5)
    await reads(watch, /^leave zoe$/)
  })
})

/** Past what else is told. */
async function reads (watch: ReturnType<Awaited<ReturnType<typeof startStill>>['reader']>, expected: RegExp): Promise<void> {
  for (;;) {
    const event = await watch.next()
    if (event.type === 'snapshot') event.members.forEach(assertMember)
    if (event.type === 'join' || event.type === 'update') assertMember(event.member)
    if (event.type === 'signal') assert.ok(isText(event.userId, 128) && isText(event.name, 64), 'a signal')
    if (expected.test(describe(event))) return
  }
}

function assertMember ({ userId, state, since, connections, meta, customStatus }: Member): void {
  assert.ok(isText(userId, 128), 'a user id')
  assert.ok(STATES.includes(state), 'a state')
  assert.ok(Number.isSafeInteger(since) && since >= 0 && Number.isSafeInteger(connections) && connections >= 0, 'a number')
  assert.ok(meta === undefined || Buffer.byteLength(JSON.stringify(meta)) <= 1024, 'meta')
  assert.ok(customStatus === undefined || (typeof customStatus.text === 'string' && customStatus.text !== ''), 'a custom status')
}

function isText (text: unknown, bytes: number): boolean {
  return typeof text === 'string' && text !== '' && Buffer.byteLength(text) <= bytes
}
