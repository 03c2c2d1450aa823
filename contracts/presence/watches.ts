import assert from 'node:assert/strict'
import type { Connection, Presence } from '../../plugins/presence/index.ts'
import { describe, names, type PresenceCase, type Reader } from './bench.ts'

/** What watchers are told. */
export const watches: PresenceCase[] = [
  {
    name: 'a watch is a snapshot, then events of its room with an id each',
    async check ({ presence, watch, reader }) {
      const everywhere = await watch('*')
      presence.connect({ userId: 'ann', room: 'chat' })
      await everywhere.expect('join ann online')
      const chat = reader('chat')
      const snapshot = await chat.next()
      const { members, total, complete, source } = await presence.list('chat')
      assert(snapshot.type === 'snapshot')
      assert.deepEqual([snapshot.members, snapshot.total, snapshot.complete, snapshot.source], [members, total, complete, source])
      presence.connect({ userId: 'eve', room: 'other' })
      presence.connect({ userId: 'bob', room: 'chat' })
      const join = await chat.next()
      assert.equal(describe(join), 'join bob online')
      assert.deepEqual([snapshot.room, join.room], ['chat', 'chat'])
      assert(Number.isFinite(join.asOf) && join.id !== '' && join.id !== snapshot.id)
    }
  },
  {
    name: 'what happens between two reads waits for the second',
    async check ({ presence, watch }) {
      const [chat, witness] = [await watch('chat'), await watch('chat')]
      for (const userId of ['ann', 'bob', 'cleo']) {
        presence.connect({ userId, room: 'chat' })
        await witness.expect(`join ${userId} online`)
      }
      await chat.expect('join ann online', 'join bob online', 'join cleo online')
    }
  },
  {
    name: 'who comes back with the last id gets what was missed, once',
    async check ({ presence, watch, reader }) {
      const [chat, witness] = [await watch('chat'), await watch('chat')]
      const start = chat.lastId
      const ann = presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      await chat.leave()
      await witness.expect('join ann online')
      ann.update({ status: 'busy' })
      await witness.expect('update ann busy')
      const back = reader('chat', chat.lastId)
      await back.expect('update ann busy')
      ann.update({ status: 'away' })
      await back.expect('update ann away')
      await reader('chat', start).expect('join ann online', 'update ann busy', 'update ann away')
    }
  },
  {
    name: 'a signal reaches those who watch the room now, and nobody later',
    async check ({ presence, watch, reader }) {
      const [chat, other] = [await watch('chat'), await watch('other')]
      presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      assert.equal(await presence.signal('chat', 'ann', 'typing'), true)
      await chat.expect('signal ann typing')
      const { lastId } = chat
      presence.connect({ userId: 'bob', room: 'chat' })
      presence.connect({ userId: 'eve', room: 'other' })
      await reader('chat', lastId).expect('join bob online')
      await other.expect('join eve online')
    }
  },
  {
    name: 'an id that means nothing gives a snapshot',
    async check ({ presence, watch, reader }) {
      const chat = await watch('chat')
      presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      for (const id of ['', 'x', '\n', '👋'.repeat(1000)]) await reader('chat', id).expect('snapshot ann')
    }
  },
  {
    name: 'an id of another room gives a snapshot',
    async check ({ presence, watch, reader }) {
      const [chat, other] = [await watch('chat'), await watch('other')]
      presence.connect({ userId: 'ann', room: 'other' })
      await other.expect('join ann online')
      for (const { lastId } of [chat, other]) await reader('*', lastId).expect('snapshot ann')
      await reader('other', chat.lastId).expect('snapshot ann')
      await reader('chat', other.lastId).expect('snapshot')
    }
  },
  {
    name: 'a slow reader gets a snapshot in place of what it missed, and then what follows',
    async check ({ presence, watch, backlog }) {
      const [slow, fast] = [await watch('chat'), await watch('chat')]
      const ids = Array.from({ length: backlog + 10 }, (_, n) => `user ${n}`)
      for (const userId of ids) {
        presence.connect({ userId, room: 'chat' })
        await fast.expect(`join ${userId} online`)
      }
      const read: string[] = []
      while (read.at(-1)?.startsWith('snapshot') !== true) {
        read.push(describe(await slow.next()))
        assert(read.length <= backlog + 1, 'all of it waited')
      }
      assert.equal(read.at(-1), ['snapshot', ...ids.sort()].join(' '))
      presence.connect({ userId: 'last', room: 'chat' })
      await slow.expect('join last online')
    }
  },
  {
    name: 'events laid onto the snapshot give what a list gives, and join and leave of a user alternate',
    async check ({ presence, reader }) {
      const states = new Map<string, string>()
      await Promise.all([follow(reader('chat'), states, 'leave marker'), comeAndGo(presence)])
      const list = (await presence.list('chat')).members.map(({ userId, state }) => [userId, state])
      assert.deepEqual([...states].sort(), list.sort())
    }
  },
  {
    name: 'a watch ends when its signal aborts',
    async check ({ watch, reader, controller }) {
      const chat = await watch('chat')
      const end = chat.end()
      controller.abort()
      await end
      await reader('chat').end()
    }
  },
  {
    name: 'a watch ends when it is left, also while it waits',
    async check ({ presence, watch }) {
      const [chat, witness] = [await watch('chat'), await watch('chat')]
      const end = chat.end()
      await chat.leave()
      await end
      presence.connect({ userId: 'ann', room: 'chat' })
      await witness.expect('join ann online')
      await chat.end()
      assert.equal(presence.stats().watches.open, 1)
      assert.deepEqual(await names(presence, 'chat'), ['ann'])
    }
  },
  {
    name: 'a watch ends when the implementation is closed',
    async check ({ watch, reader, close }) {
      const chat = await watch('chat')
      const end = chat.end()
      await close()
      await end
      await reader('chat').end()
    }
  }
]

/** Five users with all that connections can do, and then one whose leave is the last event. */
async function comeAndGo (presence: Presence): Promise<void> {
  const held: Connection[] = []
  for (let n = 0; n < 100; n++) {
    const pick = (n * 7) % (held.length + 1)
    if (n % 4 === 3) held.splice(pick, 1)[0]?.close()
    else if (n % 4 === 2) held[pick]?.update({ status: n % 3 === 0 ? 'away' : 'invisible' })
    else held.push(presence.connect({ userId: `user ${(n * 11) % 5}`, room: 'chat' }))
    // So that it is events which are read, and not one snapshot.
    if (n % 3 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  presence.connect({ userId: 'marker', room: 'chat' }).close()
}

async function follow (watch: Reader, states: Map<string, string>, last: string): Promise<void> {
  for (let text = ''; text !== last;) {
    const event = await watch.next()
    text = describe(event)
    if (event.type === 'snapshot') {
      states.clear()
      event.members.forEach(({ userId, state }) => states.set(userId, state))
    } else if (event.type === 'leave') assert(states.delete(event.userId), 'a leave without a join')
    else if (event.type !== 'signal') {
      assert.equal(states.has(event.member.userId), event.type === 'update', 'a join of who is there, or an update of who is not')
      states.set(event.member.userId, event.member.state)
    }
  }
}
