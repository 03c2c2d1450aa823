import { fork } from 'node:child_process'
import { once } from 'node:events'
import Fastify from 'fastify'
import { test, type Test } from 'tap'
import upstashEnv, { type UpstashEnvOptions } from '../../../plugins/env/index.ts'
import presence, { createLocalPresence, presence as named, type PresenceEvent, type PresenceOptions } from '../../../plugins/presence/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'
import { loggedServer } from '../../client.ts'
import { startLocal } from '../../local.ts'

async function startPlugin (t: Test, options: PresenceOptions = {}, env: UpstashEnvOptions = {}) {
  const { app, log } = loggedServer(t)
  await app.register(upstashEnv, { env: {}, ...env })
  await app.register(upstashClient, { timeLimit: 20_000 })
  await app.register(presence, options)
  return { app, lines: () => log.lines.filter(({ plugin }) => plugin === 'presence') }
}

test('one info line says that presence is local, and promises nothing of credentials', async t => {
  const { app, lines } = await startPlugin(t)
  await app.ready()
  t.match(lines(), [{ level: 30, msg: 'presence is local, since there is no Redis: it knows the connections of this process alone' }])
  t.equal(lines().length, 1)
  t.equal(app.presence.enabled, false)
  t.equal(named, presence)
})

test('with Redis one info line says that presence is shared', async t => {
  const local = await startLocal(t)
  const { app, lines } = await startPlugin(t, {}, { url: local.url, token: local.token })
  app.presence.connect({ userId: 'ann', room: 'chat' })
  t.match(await app.presence.list('chat'), { total: 1, source: 'redis', complete: true })
  t.equal(app.presence.enabled, true)
  await app.close()
  t.match(lines(), [{ level: 30, msg: 'presence is shared by all processes on this Redis' }])
  t.equal(lines().length, 1)
})

test('the options reach the implementation', async t => {
  const { app } = await startPlugin(t, { grace: 0, everywhere: false, maxMembers: 1, backlog: 1 })
  for (const userId of ['ann', 'bob']) app.presence.connect({ userId, room: 'chat' })
  t.match(await app.presence.list('chat'), { members: { length: 1 }, total: 2 })
  await t.rejects(app.presence.list(), { code: 'FST_PRESENCE_INVALID_ROOM' })
  app.presence.connect({ userId: 'cleo', room: 'chat' }).close()
  t.match(await app.presence.count('chat'), { total: 2 })
  const iterator = app.presence.watch('chat', { signal: new AbortController().signal })[Symbol.asyncIterator]()
  await iterator.next()
  for (const userId of ['dan', 'eve']) app.presence.connect({ userId, room: 'chat' })
  t.match(app.presence.stats(), { dropped: 2 })
})

test('an option that is unknown, of the wrong type or out of range fails the boot and is named', async t => {
  for (const [options, message] of [
    [{ gracePeriod: 5 }, 'presence: unknown option gracePeriod'],
    [{ clock: {} }, 'presence: option clock must have the methods now() and after(ms, run)'],
    [{ lease: 100, beat: 50 }, 'presence: option lease must be more than twice beat: a process that misses one beat is not dead'],
    [{ window: -1, keyPrefix: 'é', lastSeen: { users: 0, hours: 1 } }, /option window must be >= 0; option keyPrefix must match.*; option lastSeen.users must be >= 1/],
    [{ grace: -1, maxMembers: 10_001 }, 'presence: option grace must be >= 0; option maxMembers must be <= 10000'],
    [{ grace: 2 ** 31 }, 'presence: option grace must be <= 2147483647'],
    [{ everywhere: 'no', backlog: 0 }, 'presence: option everywhere must be boolean; option backlog must be >= 1']
  ] as const) {
    await t.rejects(startPlugin(t, options as object), { code: 'FST_UPSTASH_INVALID_OPTION', message })
  }
})

test('without upstash-client the boot fails and names it', async t => {
  const { app } = loggedServer(t)
  await t.rejects(async () => await app.register(presence), { message: /upstash-client/ })
})

test('a second registration, or a presence of somebody else’s, fails the boot and says how to mend it', async t => {
  const error = { code: 'FST_UPSTASH_DECORATOR_TAKEN', message: /register one of them/ }
  const { app } = await startPlugin(t)
  await t.rejects(async () => await app.register(presence), error)
  const other = loggedServer(t).app
  other.decorate('presence', createLocalPresence())
  await other.register(upstashEnv, { env: {} })
  await other.register(upstashClient)
  await t.rejects(async () => await other.register(presence), error)
})

test('two apps in one process have nothing in common', async t => {
  const [one, two] = [await startPlugin(t), await startPlugin(t)]
  one.app.presence.connect({ userId: 'ann' })
  t.match(await two.app.presence.get('ann'), { state: 'unknown' })
})

test('a stream that watches does not hold the closing app open, and requests that still run are served', async t => {
  const { app } = await startPlugin(t)
  const events: PresenceEvent[] = []
  const states: string[] = []
  app.get('/stream', async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { connection: 'close' })
    const connection = app.presence.connect({ userId: 'ann', room: 'chat' })
    for await (const event of app.presence.watch('chat', { signal: new AbortController().signal })) {
      events.push(event)
      reply.raw.write('event\n')
    }
    // Here the server has begun to close, and waits for this reply.
    states.push((await app.presence.get('ann')).state)
    for await (const event of app.presence.watch('chat', { signal: new AbortController().signal })) events.push(event)
    connection.close()
    reply.raw.end()
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${address}/stream`)
  const reader = response.body?.getReader()
  await reader?.read()
  await app.close()
  t.ok((await reader?.read())?.done)
  t.same(events.map(({ type }) => type), ['snapshot'])
  t.same(states, ['online'], 'presence lives until the last request is done')
  t.match(app.presence.stats(), { connections: 0, users: 0, watches: { open: 0 } })
  t.throws(() => app.presence.connect({ userId: 'ann' }), { code: 'FST_PRESENCE_CLOSED' })
})

test('the clock of the process ends a grace and a custom status', async t => {
  const { app } = await startPlugin(t, { grace: 1 })
  const seen: string[] = []
  const connection = app.presence.connect({ userId: 'ann', room: 'chat' })
  await app.presence.setCustomStatus('ann', { text: 'soon', expiresAt: Date.now() + 20 })
  const keepAlive = setTimeout(() => {}, 30_000) // Presence’s own timers keep nothing alive.
  for await (const { type } of app.presence.watch('chat', { signal: new AbortController().signal })) {
    seen.push(type)
    if (type === 'update') connection.close()
    if (type === 'leave') break
  }
  clearTimeout(keepAlive)
  t.same(seen, ['snapshot', 'update', 'leave'])
})

test('a grace that is not over when the app closes never ends', async t => {
  const { app } = await startPlugin(t, { grace: 50 })
  app.presence.connect({ userId: 'ann', room: 'chat' }).close()
  await app.close()
  await new Promise(resolve => setTimeout(resolve, 60)) // Timers of one process fire in order: the grace's would have.
  t.match(app.presence.stats(), { connections: 0, events: { leave: 0 } })
})

test('an app that is never closed, with people and watches in it, ends with its process', async t => {
  const child = fork(new URL('unclosed.ts', import.meta.url))
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})

test('it is a plugin of Fastify 5 by the name of presence', async t => {
  const app = Fastify()
  t.after(() => app.close())
  await app.register(upstashEnv, { env: {} })
  await app.register(upstashClient)
  await app.register(presence)
  await app.ready()
  t.ok(app.hasPlugin('presence'))
})
