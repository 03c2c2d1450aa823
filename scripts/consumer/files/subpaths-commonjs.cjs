const assert = require('node:assert/strict')
const Fastify = require('fastify')
const { InvalidOptionError, upstashEnv } = require('fastify-upstash')
const { startLocalUpstash } = require('fastify-upstash/local')

main()

async function main () {
  assert.equal(require('fastify-upstash/env').default, upstashEnv)
  assert.equal(typeof startLocalUpstash, 'function')

  // Fastify takes a module with a default export for the plugin itself.
  const app = Fastify()
  for (const name of ['env', 'upstash-client', 'cache', 'response-cache', 'presence', 'queue-stub']) app.register(require(`fastify-upstash/${name}`))
  await app.ready()
  assert.equal(app.upstash, null)
  assert.equal(await app.cache.getOrSet('key', () => 'loaded'), 'loaded')
  assert.equal((await app.presence.list()).total, 0)
  assert.equal((await app.queue.add('job', {})).accepted, false)
  assert.ok(require('fastify-upstash/contracts').cacheContract({ create () {} }).length > 50)
  await app.close()

  await assert.rejects(async () => await Fastify().register(upstashEnv, { ulr: '' }), InvalidOptionError)
}
