import assert from 'node:assert/strict'
import Fastify from 'fastify'
import { cache, presence, upstashClient, upstashEnv } from 'fastify-upstash'
import { startLocalUpstash } from 'fastify-upstash/local'

const local = await startLocalUpstash()
const app = Fastify()
app.register(upstashEnv, { url: local.url, token: local.token }).register(upstashClient, { required: true }).register(cache).register(presence)
await app.ready()
assert.equal(app.upstash.state, 'connected')
assert.equal(await app.upstash.send(['SET', 'greeting', 'grüß Gott']), 'OK')
assert.equal(await app.upstash.send(['GET', 'greeting']), 'grüß Gott')
assert.deepEqual(await app.upstash.batch([['INCR', 'n'], ['INCR', 'n']]), [{ ok: true, value: 1 }, { ok: true, value: 2 }])
assert.equal(await app.upstash.script('return redis.call("GET", KEYS[1])').run(['n'], []), '2')
assert.equal(await app.cache.set('key', new Date(0)), true)
assert.deepEqual(await app.cache.get('key'), new Date(0))
// Its scripts are files of the package.
app.presence.connect({ userId: 'ann', room: 'chat' })
assert.deepEqual(await app.presence.count('chat').then(({ total, source }) => [total, source]), [1, 'redis'])
await app.close()
await local.close()
