import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { test, type Test } from 'tap'
import { start } from './presence.ts'

/** What is published on the channels of presence during a test, each with its channel. */
function listen (t: Test): object[] {
  const heard: object[] = []
  for (const name of ['connect', 'leave']) {
    const channel = `fastify-upstash:presence:${name}`
    const listener = (message: unknown): void => { heard.push({ channel: name, ...Object(message) }) }
    subscribe(channel, listener)
    t.after(() => unsubscribe(channel, listener))
  }
  return heard
}

test('every connection is told, an invisible one too, and once what others saw of a user is gone', t => {
  const heard = listen(t)
  const { presence, clock } = start(t, { grace: 1_000 })
  const first = presence.connect({ userId: 'ann', room: 'chat' })
  const second = presence.connect({ userId: 'ann', room: 'chat' })
  presence.connect({ userId: 'bob', status: 'invisible' }).close()
  first.close()
  second.close()
  clock.advance(999)
  t.same(heard, [
    { channel: 'connect', userId: 'ann', rooms: ['chat', '*'] },
    { channel: 'connect', userId: 'ann', rooms: ['chat', '*'] },
    { channel: 'connect', userId: 'bob', rooms: ['*'] }
  ])
  clock.advance(1)
  t.same(heard.slice(3), [{ channel: 'leave', userId: 'ann', room: 'chat' }, { channel: 'leave', userId: 'ann', room: '*' }])
  t.end()
})
