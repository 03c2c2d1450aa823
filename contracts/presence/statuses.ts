import assert from 'node:assert/strict'
import type { CustomStatus, Meta, PresenceStatus } from '../../plugins/presence/index.ts'
import { names, type PresenceCase } from './bench.ts'

/** How users are seen: statuses, meta, custom statuses, and the mistakes in them. */
export const statuses: PresenceCase[] = [
  {
    name: 'busy beats online beats away over the connections of a user',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const first = presence.connect({ userId: 'ann', room: 'chat', status: 'away' })
      await chat.expect('join ann away')
      presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('update ann online')
      first.update({ status: 'busy' })
      await chat.expect('update ann busy')
      assert.equal((await presence.get('ann')).state, 'busy')
      first.close()
      await chat.expect('update ann online')
      first.update({ status: 'busy' })
      assert.equal((await presence.get('ann')).state, 'online', 'a closed connection has no say')
    }
  },
  {
    name: 'an invisible user looks as one who is not there',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      presence.connect({ userId: 'ann', room: 'chat', status: 'invisible' }).update({ meta: 1 })
      presence.connect({ userId: 'bob', room: 'chat' })
      await chat.expect('join bob online')
      for (const room of ['chat', undefined]) {
        assert.deepEqual([await names(presence, room), (await presence.count(room)).total], [['bob'], 1])
        const [hidden, absent] = [await presence.get('ann', room), await presence.get('nobody', room)].map(({ asOf, ...rest }) => rest)
        assert.deepEqual(hidden, absent)
      }
    }
  },
  {
    name: 'becoming invisible is a leave, becoming visible a join',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const connection = presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      for (const status of ['away', 'busy', 'online'] as const) {
        connection.update({ status: 'invisible' })
        await chat.expect('leave ann')
        connection.update({ status })
        await chat.expect(`join ann ${status}`)
      }
    }
  },
  {
    name: 'who comes back invisible, or becomes so, leaves before his grace is over',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      for (const hide of [
        () => presence.connect({ userId: 'ann', room: 'chat', status: 'invisible' }),
        () => {
          const connection = presence.connect({ userId: 'ann', room: 'chat' })
          connection.update({ status: 'invisible' })
          return connection
        }
      ]) {
        const [bob, ann] = ['bob', 'ann'].map(userId => presence.connect({ userId, room: 'chat' }))
        await chat.expect('join bob online', 'join ann online')
        bob?.close()
        ann?.close()
        const hidden = hide()
        // His grace began first.
        await chat.expect('leave ann', 'leave bob')
        hidden.close()
      }
    }
  },
  {
    name: 'beside an invisible connection there is no grace',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const [bob, ann] = ['bob', 'ann'].map(userId => presence.connect({ userId, room: 'chat' }))
      await chat.expect('join bob online', 'join ann online')
      presence.connect({ userId: 'ann', room: 'chat', status: 'invisible' })
      bob?.close()
      ann?.close()
      await chat.expect('leave ann', 'leave bob')
    }
  },
  {
    name: 'meta of -0 is 0',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      presence.connect({ userId: 'ann', room: 'chat', meta: { x: -0 } })
      await chat.expect('join ann online')
      assert.deepEqual((await presence.list('chat')).members[0]?.meta, { x: 0 })
    }
  },
  {
    name: 'meta is copied, and that of the newest connection is shown',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const shown = async () => (await presence.list('chat')).members[0]?.meta
      const meta = { tags: ['a'] }
      presence.connect({ userId: 'ann', room: 'chat', meta })
      meta.tags.push('b')
      await chat.expect('join ann online')
      const read = await shown() as typeof meta
      try { read.tags.push('c') } catch { /* Frozen, which is as good as a copy. */ }
      assert.deepEqual(await shown(), { tags: ['a'] })
      const newest = presence.connect({ userId: 'ann', room: 'chat', meta: JSON.parse('{"__proto__":[null,-1.5,"👋"]}') })
      await chat.expect('update ann online')
      assert.equal(JSON.stringify(await shown()), '{"__proto__":[null,-1.5,"👋"]}')
      newest.update({ meta: null })
      await chat.expect('update ann online')
      assert.equal(await shown(), undefined)
      newest.close()
      await chat.expect('update ann online')
      assert.deepEqual(await shown(), { tags: ['a'] })
    }
  },
  {
    name: 'a custom status is shown and told, and can be taken away',
    async check ({ presence, watch, knowsOthers }) {
      const chat = await watch('chat')
      presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      const status = { text: 'lunch', emoji: '🍜' }
      assert.equal(await presence.setCustomStatus('ann', status), true)
      await chat.expect('update ann online')
      assert.deepEqual((await presence.get('ann')).customStatus, status)
      assert.deepEqual((await presence.getMany(['ann'], 'chat')).get('ann')?.customStatus, status)
      assert.deepEqual((await presence.list('chat')).members[0]?.customStatus, status)
      assert.equal(await presence.setCustomStatus('ann', null), true)
      await chat.expect('update ann online')
      assert.equal((await presence.get('ann')).customStatus, undefined)
      if (!knowsOthers) assert.equal(await presence.setCustomStatus('nobody', status), false)
    }
  },
  {
    name: 'a custom status that expires is gone, and told',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      const expiresAt = Date.now() + 100
      assert.equal(await presence.setCustomStatus('ann', { text: 'soon', expiresAt }), true)
      await chat.expect('update ann online', 'update ann online')
      assert(Date.now() >= expiresAt)
      assert.equal((await presence.get('ann')).customStatus, undefined)
    }
  },
  {
    name: 'a custom status goes with its user',
    async check ({ presence, watch }) {
      const chat = await watch('chat')
      const connection = presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      await presence.setCustomStatus('ann', { text: 'lunch' })
      await chat.expect('update ann online')
      connection.close()
      await chat.expect('leave ann')
      presence.connect({ userId: 'ann', room: 'chat' })
      await chat.expect('join ann online')
      assert.equal((await presence.get('ann')).customStatus, undefined)
      assert.equal((await presence.list('chat')).members[0]?.customStatus, undefined)
    }
  },
  {
    name: 'mistakes are told at once, by a code, and leave nothing behind',
    async check ({ presence }) {
      const { signal } = new AbortController()
      const connection = presence.connect({ userId: 'ann' })
      const secret = 's3cr3t'.repeat(200)
      const told = (code: string) => ({ name: 'FastifyError', code: `FST_PRESENCE_INVALID_${code}`, message: /^(?!.*s3cr3t)/ })
      for (const id of ['', secret, 'é'.repeat(65), '\ud800', 1, null] as string[]) {
        assert.throws(() => presence.connect({ userId: id }), told('USER_ID'))
        assert.throws(() => presence.connect({ userId: 'ann', room: id }), told('ROOM'))
        assert.throws(() => presence.watch(id, { signal }), told('ROOM'))
        for (const call of [() => presence.get(id), () => presence.getMany([id]), () => presence.setCustomStatus(id, null)]) await assert.rejects(call, told('USER_ID'))
        for (const call of [() => presence.list(id), () => presence.count(id), () => presence.get('ann', id), () => presence.getMany(['ann'], id)]) await assert.rejects(call, told('ROOM'))
      }
      for (const status of ['offline', secret, null] as PresenceStatus[]) assert.throws(() => connection.update({ status }), told('STATUS'))
      for (const meta of [secret, NaN, new Date(), { a: undefined }] as Meta[]) {
        assert.throws(() => presence.connect({ userId: 'ann', meta }), told('META'))
        assert.throws(() => connection.update({ meta }), told('META'))
      }
      for (const status of [{ text: '' }, { text: secret }, { text: 'x', emoji: secret }, { text: 'x', expiresAt: NaN }, { text: 'x', expiresat: 5 }] as CustomStatus[]) {
        await assert.rejects(presence.setCustomStatus('ann', status), told('CUSTOM_STATUS'))
      }
      assert.throws(() => presence.watch('chat', {} as { signal: AbortSignal }), told('WATCH'))
      // What is misspelt would do nothing, in silence.
      for (const given of [undefined, null, secret, { userId: 'ann', rooms: secret }, { userId: 'ann', signal: secret }] as never[]) {
        assert.throws(() => presence.connect(given), told('ARGUMENT'))
      }
      for (const given of [undefined, null, secret, { state: secret }] as never[]) assert.throws(() => connection.update(given), told('ARGUMENT'))
      assert.throws(() => presence.watch('chat', { signal, lasteventid: secret } as { signal: AbortSignal }), told('ARGUMENT'))
      assert.equal(presence.stats().connections, 1)
    }
  }
]
