import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { names, type PresenceCase } from './bench.ts'

/** Who is present, where and how. */
export const members: PresenceCase[] = [
  {
    name: 'it says for whom it speaks, and when',
    async check ({ presence, knowsOthers }) {
      const { members, complete, asOf, ...count } = await presence.list('chat')
      assert.deepEqual([presence.enabled, members, complete, count], [knowsOthers, [], knowsOthers, { total: 0, source: knowsOthers ? 'redis' : 'local' }])
      const { asOf: counted, ...same } = await presence.count('chat')
      assert.deepEqual(same, count)
      for (const time of [asOf, counted, (await presence.get('ann')).asOf]) assert(Number.isFinite(time) && time > 0)
    }
  },
  {
    name: 'a connected user is present in his room and everywhere, and nowhere else',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      presence.connect({ userId: 'ann', room: 'chat', status: 'away', meta: { name: 'Ann' } })
      await chat.expect('join ann away')
      for (const room of ['chat', undefined, '*']) {
        const { members, total } = await presence.list(room)
        assert.deepEqual(members.map(({ since, ...rest }) => [Number.isFinite(since), rest]), [[true, { userId: 'ann', state: 'away', connections: 1, meta: { name: 'Ann' } }]])
        assert.deepEqual([total, (await presence.count(room)).total], [1, 1])
        const { state, connections } = await presence.get('ann', room)
        assert.deepEqual([state, connections], ['away', 1])
      }
      assert.deepEqual(await names(presence, 'other'), [])
    }
  },
  {
    name: 'a connection without a room, or with *, is in * alone',
    async check ({ presence, watch }) {
      const everywhere = await watch('*')
      presence.connect({ userId: 'ann' })
      await everywhere.expect('join ann online')
      presence.connect({ userId: 'bob', room: '*' })
      await everywhere.expect('join bob online')
      assert.deepEqual(await names(presence), ['ann', 'bob'])
    }
  },
  {
    name: 'of who is not there no more is said than is known',
    async check ({ presence, watch, absent }) {
      const everywhere = await watch('*')
      const connection = presence.connect({ userId: 'ann', room: 'chat' })
      await everywhere.expect('join ann online')
      assert.equal((await presence.get('ann', 'other')).state, absent)
      connection.close()
      await everywhere.expect('leave ann')
      assert.equal((await presence.get('ann')).state, absent)
      assert.equal((await presence.get('nobody')).state, absent)
    }
  },
  {
    name: 'getMany answers one entry an id, also where an id comes twice',
    async check ({ presence, watch, absent }) {
      const chat = await watch('chat')
      presence.connect({ userId: '__proto__', room: 'chat', status: 'busy' })
      await chat.expect('join __proto__ busy')
      for (const room of ['chat', undefined]) {
        const found = await presence.getMany(['bob', '__proto__', 'bob'], room)
        assert.deepEqual([...found].map(([id, { state }]) => [id, state]), [['bob', absent], ['__proto__', 'busy']])
      }
      assert.equal((await presence.getMany([])).size, 0)
    }
  },
  {
    name: 'several connections of a user are one join and, after the grace of the last, one leave',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const tabs = [1, 2].map(() => presence.connect({ userId: 'ann', room: 'chat' }))
      assert.notEqual(tabs[0]?.id, tabs[1]?.id)
      await chat.expect('join ann online')
      for (const tab of [...tabs, ...tabs]) tab.close()
      assert.equal((await presence.get('ann', 'chat')).state, 'online', 'present during the grace')
      await chat.expect('leave ann')
      assert.deepEqual(await names(presence, 'chat'), [])
      presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
    }
  },
  {
    name: 'a reload within the grace is no event',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const page = presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      page.close()
      presence.connect({ userId: 'ann', room: 'chat' })
      const bob = presence.connect({ userId: 'bob', room: 'chat' })
      await chat.expect('join bob online')
      // His leave comes after where ann's would have been.
      bob.close()
      await chat.expect('leave bob')
      assert.deepEqual(await names(presence, 'chat'), ['ann'])
    }
  },
  {
    name: 'a connection closes when its signal aborts, and one whose signal has aborted already is never seen',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const [left, closed] = [new AbortController(), new AbortController()]
      presence.connect({ userId: 'ann', room: 'chat', signal: left.signal })
      await chat.expect('join ann online')
      left.abort()
      await chat.expect('leave ann')
      presence.connect({ userId: 'ann', room: 'chat', signal: left.signal }).update({ status: 'busy' })
      presence.connect({ userId: 'bob', room: 'chat', signal: closed.signal }).close()
      await chat.expect('join bob online', 'leave bob')
      assert.deepEqual(await names(presence, 'chat'), [])
      for (const { signal } of [left, closed]) assert.equal(getEventListeners(signal, 'abort').length, 0, 'a closed connection listens to its signal')
    }
  },
  {
    name: 'what users and rooms are called is any text of up to 128 bytes',
    async check ({ presence, watch }) {
      const everywhere = await watch('*')
      const ids = ['__proto__', 'constructor', 'a:b', ':', '👩‍👩‍👧', ' ', 'x'.repeat(128)].sort()
      for (const userId of ids) {
        presence.connect({ userId, room: userId })
        await everywhere.expect(`join ${userId} online`)
      }
      for (const room of ids) assert.deepEqual(await names(presence, room), [room])
      assert.deepEqual(await names(presence), ids)
    }
  },
  {
    name: 'its figures follow what is there',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const tabs = [1, 2].map(() => presence.connect({ userId: 'ann', room: 'chat' }))
      await chat.expect('join ann online')
      const { connections, users, watches } = presence.stats()
      assert.deepEqual([connections, users, watches.open], [2, 1, 1])
      tabs.forEach(tab => tab.close())
      await chat.expect('leave ann')
      await chat.leave()
      const after = presence.stats()
      assert.deepEqual([after.connections, after.users, after.rooms, after.watches.open], [0, 0, 0, 0])
      assert(after.events.join >= 1 && after.events.leave >= 1 && after.snapshots.total >= 1)
    }
  },
  {
    name: 'once closed it takes no connection, and those from before do no harm',
    async check ({ presence, watch, close }) {
      const chat = await watch('chat')
      const connection = presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      await close()
      assert.throws(() => presence.connect({ userId: 'bob' }), { code: 'FST_PRESENCE_CLOSED' })
      connection.update({ status: 'busy' })
      connection.close()
    }
  }
]
