import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import Fastify from 'fastify'
import * as all from 'fastify-upstash'
import cache from 'fastify-upstash/cache'
import { cacheContract, presenceContract, queueContract } from 'fastify-upstash/contracts'
import env, { upstashEnv } from 'fastify-upstash/env'
import { startLocalUpstash } from 'fastify-upstash/local'
import presence from 'fastify-upstash/presence'
import queueStub from 'fastify-upstash/queue-stub'
import responseCache from 'fastify-upstash/response-cache'
import client, { TimeoutError, upstashClient } from 'fastify-upstash/upstash-client'

// The same objects whichever way they came: an error thrown by one copy is no instance of another's class.
assert.equal(env, all.upstashEnv)
assert.equal(env, upstashEnv)
assert.equal(client, all.upstashClient)
assert.equal(client, upstashClient)
assert.equal(cache, all.cache)
assert.equal(presence, all.presence)
assert.equal(responseCache, all.responseCache)
assert.equal(queueStub, all.queueStub)
assert.equal(TimeoutError, all.TimeoutError)
assert.equal(createRequire(import.meta.url)('fastify-upstash'), all)
assert.equal(typeof startLocalUpstash, 'function')
await assert.rejects(import('fastify-upstash/dist/index.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })

const app = Fastify()
app.register(import('fastify-upstash/env')).register(import('fastify-upstash/upstash-client'))
app.register(cache).register(responseCache).register(presence).register(queueStub)
app.after(() => app.get('/cached', { config: { cache: { ttl: 60 } } }, async () => 'reply'))
await app.ready()
assert.equal(app.upstash, null)
assert.equal((await app.inject('/cached')).headers['cache-status'], 'fastify-upstash; fwd=bypass')
const suites = [
  cacheContract({ create: async () => ({ cache: app.cache }) }),
  queueContract({ create: async () => await alone(queueStub, 'queue') }),
  presenceContract({ create: async () => ({ ...await alone(presence, 'presence', { grace: 5, backlog: 10 }), backlog: 10 }) })
]
for (const { run } of suites.flat()) await run()
await app.close()

/** A plugin in an app of its own, since its cases want what nobody has used. */
async function alone (plugin, name, options) {
  const app = Fastify()
  await app.register(env, { env: {} }).register(client).register(plugin, options)
  return { [name]: app[name], close: () => app.close() }
}
