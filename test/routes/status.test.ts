import { test } from 'tap'
import { createLocalPresence, type Presence } from '../../plugins/presence/index.ts'
import type { Queue } from '../../plugins/queue-stub/index.ts'
import status from '../../routes/status/index.ts'
import { environment, startApp } from '../app.ts'
import databasePlugin from '../../example/database/index.ts'
import responseCache from '../../plugins/response-cache/index.ts'
import { startNullCache } from '../cache.ts'
import { startLocal } from '../local.ts'

test('/status tells what each plugin serves with, and its figures', async t => {
  const { app } = await startApp(t, environment(await startLocal(t)))
  await app.inject('/lookup/J45')
  await app.inject({ method: 'POST', url: '/jobs/reminders', payload: {} })
  app.presence.connect({ userId: 'ann' })
  const { plugins, database } = (await app.inject('/status')).json()
  t.match(plugins, {
    'upstash-client': { serves: 'upstash', stats: { commands: Number } },
    cache: { serves: 'upstash', stats: { misses: 1, loads: 1, redis: { commands: Number } } },
    presence: { serves: 'upstash', stats: { connections: 1, users: 1 } },
    'queue-stub': { serves: 'none', reason: /DISABLE_BACKGROUND_JOBS/, stats: { rejected: { reminders: 1 } } }
  })
  t.match(plugins.cache.stats.namespaces, { query: { hits: 0, loads: 0 }, permission: { hits: 0, loads: 0 } })
  t.same(database, { state: 'idle', stats: { queries: {}, unavailable: 0, connections: { busy: 0, idle: 0 }, waiting: 0 } })
  t.same(Object.keys(plugins.cache.stats), Object.keys(app.cache.stats()), 'all figures of the cache')
  t.same(Object.keys(plugins.presence.stats), Object.keys(app.presence.stats()), 'all figures of presence')
  t.same(Object.keys(plugins['queue-stub'].stats), Object.keys(app.queue.stats()), 'all figures of the queue')
})

test('without Redis /status says so', async t => {
  const { app } = await startApp(t)
  t.match((await app.inject('/status')).json().plugins, {
    'upstash-client': { serves: 'null', reason: 'no credentials are configured' },
    cache: { serves: 'null' },
    'response-cache': { serves: 'null', stats: { hits: 0 } },
    presence: { serves: 'local' },
    'queue-stub': { serves: 'none' }
  })
})

test('a presence of all processes and a queue with a driver are told as such', async t => {
  const { app } = await startNullCache(t)
  await app.register(responseCache)
  const local = createLocalPresence()
  app.decorate('presence', { enabled: true, stats: () => local.stats() } as unknown as Presence)
  const stats = { accepted: 1, deduplicated: 0, rejected: {}, reasons: {}, completed: 0, failed: 0, waiting: 0, running: 0 }
  app.decorate('queue', { enabled: true, driver: 'somebody', disabledReason: undefined, stats: () => stats } as unknown as Queue)
  await app.register(databasePlugin)
  await app.register(status, { prefix: '/status' })
  const { plugins } = (await app.inject('/status')).json()
  t.match(plugins.presence, { serves: 'upstash', stats: { connections: 0 } })
  t.same(plugins['queue-stub'], { serves: 'somebody', stats })
})
