import { test } from 'tap'
import { start } from './presence.ts'

test('a custom status is shown wherever the user is, and told once in each room', async t => {
  const { presence, follow } = start(t)
  presence.connect({ userId: 'ann', room: 'one' })
  presence.connect({ userId: 'ann', room: 'two' })
  presence.connect({ userId: 'ann', room: 'two' })
  const [one, two, everywhere] = [follow('one'), follow('two'), follow()]
  t.equal(await presence.setCustomStatus('ann', { text: 'lunch', emoji: '🍜' }), true)
  t.equal(await presence.setCustomStatus('ann', { text: 'lunch', emoji: '🍜' }), true)
  for (const room of [one, two, everywhere]) t.same(await room.news(), ['snapshot ann', 'update ann online "lunch"'])
  t.match(await presence.get('ann', 'one'), { customStatus: { text: 'lunch', emoji: '🍜' } })
  t.match((await presence.list()).members, [{ customStatus: { text: 'lunch', emoji: '🍜' } }])
  t.equal(await presence.setCustomStatus('ann', null), true)
  t.equal(await presence.setCustomStatus('ann', null), true)
  t.same(await one.news(), ['update ann online'])
  t.notOk('customStatus' in await presence.get('ann', 'one'))
})

test('each part of a custom status is news by itself', async t => {
  const { presence, clock, follow } = start(t)
  presence.connect({ userId: 'ann', room: 'chat' })
  const chat = follow('chat')
  const expiresAt = clock.now() + 1000
  for (const status of [{ text: 'a' }, { text: 'b' }, { text: 'b', emoji: 'x' }, { text: 'b', emoji: 'x', expiresAt }, { text: 'b', emoji: 'x', expiresAt }]) {
    t.equal(await presence.setCustomStatus('ann', status), true)
  }
  t.equal((await chat.news()).length, 5, 'the snapshot and four updates')
})

test('a custom status is kept for those who are here alone, the grace included, and goes with them', async t => {
  const { presence, clock } = start(t)
  t.equal(await presence.setCustomStatus('ann', { text: 'early' }), false)
  t.equal(await presence.setCustomStatus('ann', null), false)
  const connection = presence.connect({ userId: 'ann', room: 'chat' })
  t.notOk('customStatus' in await presence.get('ann'))
  connection.close()
  t.equal(await presence.setCustomStatus('ann', { text: 'reloading' }), true)
  clock.advance(4999)
  const reloaded = presence.connect({ userId: 'ann', room: 'chat' })
  t.match(await presence.get('ann'), { customStatus: { text: 'reloading' } })
  reloaded.close()
  clock.advance(5000)
  presence.connect({ userId: 'ann', room: 'chat' })
  t.notOk('customStatus' in await presence.get('ann'))
})

test('an invisible user keeps his custom status, which nobody sees', async t => {
  const { presence, clock, follow } = start(t)
  const chat = follow('chat')
  const connection = presence.connect({ userId: 'ann', room: 'chat', status: 'invisible' })
  t.equal(await presence.setCustomStatus('ann', { text: 'hidden' }), true)
  t.same(await presence.get('ann'), await presence.get('nobody'))
  connection.close()
  clock.advance(4999)
  const reloaded = presence.connect({ userId: 'ann', room: 'chat', status: 'invisible' })
  t.same(await chat.news(), ['snapshot'])
  reloaded.update({ status: 'online' })
  t.same(await chat.news(), ['join ann online "hidden"'])
})

test('an expired custom status is gone, and told', async t => {
  const { presence, clock, follow } = start(t)
  for (const userId of ['ann', 'bob', 'cleo']) presence.connect({ userId, room: 'chat' })
  await presence.setCustomStatus('ann', { text: 'late', expiresAt: clock.now() + 300 })
  await presence.setCustomStatus('bob', { text: 'soon', expiresAt: clock.now() + 100 })
  await presence.setCustomStatus('cleo', { text: 'always' })
  t.equal(clock.timers, 1)
  const chat = follow('chat')
  clock.advance(99)
  t.same(await chat.news(), ['snapshot ann bob cleo'])
  clock.advance(1)
  t.same(await chat.news(), ['update bob online'])
  clock.advance(200)
  t.same(await chat.news(), ['update ann online'])
  t.equal(clock.timers, 0)
  t.match((await presence.list('chat')).members.map(({ customStatus }) => customStatus?.text), [undefined, undefined, 'always'])
})

test('a custom status that has expired already takes the place of the one before, as none', async t => {
  const { presence, clock, follow } = start(t)
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.setCustomStatus('ann', { text: 'before' })
  const chat = follow('chat')
  t.equal(await presence.setCustomStatus('ann', { text: 'past', expiresAt: clock.now() }), true)
  t.same(await chat.news(), ['snapshot ann', 'update ann online'])
})

test('a status that was replaced does not end the one that came after', async t => {
  const { presence, clock, follow } = start(t)
  presence.connect({ userId: 'ann', room: 'chat' })
  await presence.setCustomStatus('ann', { text: 'short', expiresAt: clock.now() + 100 })
  await presence.setCustomStatus('ann', { text: 'long', expiresAt: clock.now() + 1000 })
  const chat = follow('chat')
  clock.advance(999)
  t.same(await chat.news(), ['snapshot ann'])
  clock.advance(1)
  t.same(await chat.news(), ['update ann online'])
})

test('an end farther off than a timer can wait is waited for in parts', async t => {
  const { presence, clock, follow } = start(t)
  presence.connect({ userId: 'ann', room: 'chat' })
  const year = 365 * 24 * 60 * 60 * 1000
  await presence.setCustomStatus('ann', { text: 'sabbatical', expiresAt: clock.now() + year })
  const chat = follow('chat')
  clock.advance(year - 1)
  t.same(await chat.news(), ['snapshot ann'])
  t.equal(clock.longest, 2 ** 31 - 1)
  clock.advance(1)
  t.same(await chat.news(), ['update ann online'])
})

test('where timers stood still and the clock did not, whoever asks first sees no status that has expired', async t => {
  for (const ask of ['list', 'get', 'connect', 'update', 'close', 'setCustomStatus'] as const) {
    const { presence, clock, follow } = start(t)
    const connection = presence.connect({ userId: 'ann', room: 'chat' })
    presence.connect({ userId: 'ann', room: 'chat' })
    await presence.setCustomStatus('ann', { text: 'nap', expiresAt: clock.now() + 100 })
    const chat = follow('chat')
    await chat.news()
    clock.suspend(3_600_000)
    if (ask === 'list') t.notOk('customStatus' in ((await presence.list('chat')).members[0] ?? {}))
    if (ask === 'get') t.notOk('customStatus' in await presence.get('ann', 'chat'))
    if (ask === 'connect') presence.connect({ userId: 'ann', room: 'chat', status: 'busy' })
    if (ask === 'update') connection.update({ status: 'busy' })
    if (ask === 'close') connection.close()
    if (ask === 'setCustomStatus') await presence.setCustomStatus('bob', null)
    t.equal((await chat.news())[0], 'update ann online', `${ask}: the end is told first`)
    clock.advance(100)
    t.same(await chat.news(), [], `${ask}: and once`)
  }
})
