const assert = require('node:assert/strict')
const Fastify = require('fastify')
const { InvalidOptionError, upstashEnv } = require('fastify-upstash')
const { startLocalUpstash } = require('fastify-upstash/local')

main()

async function main () {
  assert.equal(require('fastify-upstash/env').default, upstashEnv)
  assert.equal(typeof startLocalUpstash, 'function')

  // Fastify takes a module with a default export for the plugin itself.
  const app = Fastify().register(require('fastify-upstash/env')).register(require('fastify-upstash/upstash-client'))
  await app.ready()
  assert.equal(app.upstash, null)
  await app.close()

  await assert.rejects(async () => await Fastify().register(upstashEnv, { ulr: '' }), InvalidOptionError)
}
