import Fastify from 'fastify'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import cachePlugin from '../../../plugins/cache/index.ts'
import upstashEnv from '../../../plugins/env/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'
import { startCache, startNullCache } from '../../cache.ts'
import { codeOf, startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

test('one line at start says what the cache keeps its values in', async t => {
  const { log, cache } = await startCache(t)
  t.same(log.lines.filter(({ plugin }) => plugin === 'cache').map(({ level, msg }) => [level, msg]), [[30, 'caching in Upstash']])
  t.equal(cache.enabled, true)
  const without = await startNullCache(t)
  const lines = without.log.lines.filter(({ plugin }) => plugin === 'cache')
  t.same(lines.map(({ level, msg }) => [level, msg]), [[30, 'caching is off, since there is no Redis: what would be cached is loaded each time']])
  t.equal(without.cache.enabled, false)
})

test('the five namespaces are there, with lives of their own, which options change', async t => {
  const { cache, client } = await startCache(t, { cache: { keyPrefix: 'app:', ttl: 10, namespaces: { query: { ttl: 20 }, report: { ttl: undefined }, mine: { ttl: 30 } } } })
  // With the minute in which stale values are served where the loader fails.
  for (const [name, ttl] of Object.entries({ api: 360, query: 80, aggregation: 960, permission: 300, report: 3_660, mine: 90 })) {
    await cache.namespace(name).set('key', 'value')
    const left = await client.send<number>(['PTTL', `app:v:${name}:key`])
    t.ok(left > (ttl * 0.95 - 5) * 1000 && left <= ttl * 1000, `${name}: ${left}`)
    t.throws(() => cache.namespace(name, { ttl: 1 }), { code: 'FST_CACHE_INVALID_ARGUMENT' })
  }
  await cache.set('key', 'value')
  t.ok(await client.send<number>(['PTTL', 'app:v::key']) <= 70_000)
  await cache.set('key', 'value', { ttl: 1.5 })
  t.ok(await client.send<number>(['PTTL', 'app:v::key']) <= 61_500)
  t.equal(await cache.set('key', 'value', { ttl: 0.0001 }), true, 'less than a millisecond is one')
  t.equal(cache.namespace('mine', { ttl: 30 }), cache.namespace('mine'))
})

test('options that the plugin does not have fail the boot by name', async t => {
  const boot = async (options: object) => {
    const app = Fastify()
    await app.register(upstashEnv, { env: {} })
    await app.register(upstashClient)
    return await codeOf(Promise.resolve(app.register(cachePlugin, options)).finally(() => app.close()))
  }
  for (const options of [{ ttll: 1 }, { keyPrefix: '\ud800' }, { keyPrefix: 'a b' }, { ttl: 0 }, { ttl: '5' }, { keyPrefix: 1 }, { namespaces: { query: { ttl: -1 } } }, { namespaces: { query: { tll: 1 } } }, { memory: true }, { memory: { byte: 1 } }, { memory: { entries: 0 } }, { lock: 'yes' }, { compressOver: 1.5 }, { maxEntrySize: 0 }, { staleIfError: -1 }, { softTimeout: 0 }, { clock: {} }, { clock: null }]) {
    t.equal(await boot(options), 'FST_UPSTASH_INVALID_OPTION', JSON.stringify(options))
  }
  t.equal(await boot({ namespaces: { 'a:b': {} } }), 'FST_CACHE_INVALID_ARGUMENT')
  t.equal(await boot({ ttl: 60, namespaces: { 'a.b': {} }, memory: { entries: 5 } }), undefined)
})

test('without the client the boot fails', async t => {
  const app = Fastify()
  t.after(() => app.close())
  await t.rejects(Promise.resolve(app.register(cachePlugin)), /upstash-client/)
})

test('where fastify.cache is there already, the error says how to mend it', async t => {
  const { app } = await startCache(t)
  await t.rejects(Promise.resolve(app.register(cachePlugin)), { code: 'FST_UPSTASH_DECORATOR_TAKEN', message: /register one of them, or each in a context/ })
})

test('what is being kept when the app closes is kept', async t => {
  const local = await startLocal(t)
  const { app, client } = await startClient(t, local)
  await app.register(cachePlugin, { memory: false })
  // Longer than the client gives to what is in flight when it is closed.
  await local.faults.set({ kind: 'delay', ms: 700, command: 'SET' })
  t.equal(await app.cache.getOrSet('key', () => 'value'), 'value')
  await app.close()
  t.equal(await client.send(['GET', 'cache:v::key']).catch(error => error.code), 'FST_UPSTASH_CLOSED')
  const { cache } = await startCacheOn(t, local)
  t.equal(await cache.get('key'), 'value')
  t.equal(await app.cache.getOrSet('key', () => 'loaded'), 'loaded', 'a closed app loads')
  await eventually(async () => app.cache.stats().notStored === 1, 'and keeps nothing')
  t.match(app.cache.stats(), { redis: { commands: 5, errors: { closed: 1 } } })
})

async function startCacheOn (t: Parameters<typeof startClient>[0], local: Parameters<typeof startClient>[1]) {
  const { app } = await startClient(t, local)
  await app.register(cachePlugin)
  return app
}
