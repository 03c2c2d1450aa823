import assert from 'node:assert/strict'

/**
 * An app with settings of its own: `fastify.config` and `getEnvs()` are @fastify/env's defaults, which most apps use.
 * Run with the order of registration as argument; APP_NAME and perhaps our credentials are in the environment.
 */
export async function checkOwnSettings ({ Fastify, fastifyEnv, upstashEnv, upstashClient }) {
  const [order] = process.argv.slice(2)
  const { UPSTASH_REDIS_REST_TOKEN: token } = process.env
  const app = Fastify()
  const theirs = () => app.register(fastifyEnv, { schema: { type: 'object', required: ['APP_NAME'], properties: { APP_NAME: { type: 'string' } } } })
  const ours = () => app.register(upstashEnv).register(upstashClient)
  for (const register of order === 'ours-first' ? [ours, theirs] : [theirs, ours]) await register()
  app.get('/', async request => request.getEnvs())

  const response = await app.inject('/')
  const own = { APP_NAME: 'shop' }
  assert.deepEqual(app.config, own)
  assert.deepEqual(app.getEnvs(), own)
  assert.deepEqual(response.json(), own)
  if (token === undefined) {
    assert.equal(app.upstash, null)
  } else {
    assert.equal(app.upstash.state, 'unknown')
    assert.equal(app.upstash.stats().roundTrips, 0)
    assert.ok(!JSON.stringify(app.upstashConfig).includes(token), 'the configuration shows the token')
  }
  await app.close()
}
