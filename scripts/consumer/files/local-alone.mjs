import assert from 'node:assert/strict'
import { EmbeddedBackendMissingError, startLocalUpstash } from 'fastify-upstash/local'

// The message is all that a newcomer gets to see: it has to hold the line to type.
await assert.rejects(startLocalUpstash(), error => {
  assert.ok(error instanceof EmbeddedBackendMissingError)
  assert.match(error.message, /npm i -D js-redis-server@\d/)
  return true
})
