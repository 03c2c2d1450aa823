import assert from 'node:assert/strict'
import { once } from 'node:events'
import fc from 'fast-check'
import { CommandError, errorKind, type Command, type UpstashClient } from '../../plugins/upstash-client/index.ts'
import { startClient } from '../../test/client.ts'
import { arbitraryReply } from './http-reply.ts'
import { RawServer } from './raw-server.ts'
import { scoped } from './scope.ts'
import { target } from './target.ts'

/** Of what an operator or a client of the app may see: the longest of ours, and no room for a body. */
const LONGEST_MESSAGE = 250
const READ: Command = ['GET', 'key']
const WRITE: Command = ['SET', 'key', 'value']

/** A way to ask, and what its answer has to be. */
type Ask = (client: UpstashClient, server: RawServer) => Promise<void>

const WAYS: Record<string, Ask> = {
  send: async client => assertReply(await client.send(READ)),
  write: async client => assertReply(await client.send(WRITE)),
  batch: async client => {
    const commands = [READ, WRITE]
    const results = await client.batch(commands)
    assert.equal(results.length, commands.length)
    for (const result of results) result.ok ? assertReply(result.value) : assert.ok(result.error instanceof CommandError)
  },
  script: async client => assertReply(await client.script('return 1').run(['key'], [])),
  // What it makes of a reply is the SDK's own; how it fails is ours.
  sdk: async client => { await client.redis.get('key') },
  subscribe: async (client, server) => {
    const messages: unknown[] = []
    const answered = once(server, 'answered')
    client.subscribe('chat', message => { messages.push(message) })
    await answered
    // By another connection: the stream's bytes have arrived when this has.
    await client.ping()
    for (const message of messages) assert.equal(typeof message, 'string')
  }
}

/** Whatever answers in the place of Upstash, a call ends in a value of Redis's types or in one of our errors, which repeats none of it. */
export const replies = target('replies', fc.record({ way: fc.constantFrom(...Object.keys(WAYS)), reply: arbitraryReply }), async owner => {
  const server = await new RawServer().start(owner)
  return async ({ way, reply: { text, fate } }) => await scoped(async owner => {
    server.reply = { bytes: Buffer.from(text), fate }
    const { client, log } = await startClient(owner, { url: server.url, token: 'token' }, { timeLimit: 300, maxReplyBytes: 6_000 })
    owner.after(() => server.cut())
    await WAYS[way]?.(client, server).catch(assertOurs)
    for (const line of log.lines) assert.ok(line.msg.length <= LONGEST_MESSAGE && (line.err?.message?.length ?? 0) <= LONGEST_MESSAGE, `a line of the log of ${JSON.stringify(line).length} characters`)
  })
})

function assertReply (value: unknown): void {
  if (Array.isArray(value)) return value.forEach(assertReply)
  assert.ok(value === null || typeof value === 'string' || Number.isFinite(value), `${String(value)} is nothing that Redis answers`)
}

function assertOurs (error: unknown): void {
  if (errorKind(error) === undefined || !(error instanceof Error)) throw error
  assert.ok(error.message.length <= LONGEST_MESSAGE, `an error's message of ${error.message.length} characters: ${error.message.slice(0, 80)}`)
  assert.ok(JSON.stringify(error).length <= 2 * LONGEST_MESSAGE, 'an error with more than a message')
}
