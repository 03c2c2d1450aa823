import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import Fastify from 'fastify'
import * as all from 'fastify-upstash'
import env, { upstashEnv } from 'fastify-upstash/env'
import { startLocalUpstash } from 'fastify-upstash/local'
import client, { TimeoutError, upstashClient } from 'fastify-upstash/upstash-client'

// The same objects whichever way they came: an error thrown by one copy is no instance of another's class.
assert.equal(env, all.upstashEnv)
assert.equal(env, upstashEnv)
assert.equal(client, all.upstashClient)
assert.equal(client, upstashClient)
assert.equal(TimeoutError, all.TimeoutError)
assert.equal(createRequire(import.meta.url)('fastify-upstash'), all)
assert.equal(typeof startLocalUpstash, 'function')
await assert.rejects(import('fastify-upstash/dist/index.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })

const app = Fastify()
app.register(import('fastify-upstash/env')).register(import('fastify-upstash/upstash-client'))
await app.ready()
assert.equal(app.upstash, null)
await app.close()
