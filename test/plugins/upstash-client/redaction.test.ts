import { once } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { test } from 'tap'
import type { Fault } from '../../../local/index.ts'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

const SECRETS = ['s3cr3t-token', 's3cr3t-key', 's3cr3t-value', 's3cr3t-script', 's3cr3t-message', 's3cr3t-channel']
const [token = '', key = '', value = '', script = '', message = '', channel = ''] = SECRETS

const faults: Array<Fault | null> = [
  null, { kind: 'refuse' }, { kind: 'reset' }, { kind: 'stall' }, { kind: 'drop-reply' }, { kind: 'status', status: 401 },
  { kind: 'status', status: 429, retryAfter: 0 }, { kind: 'status', status: 500 }, { kind: 'html' }, { kind: 'truncate' },
  { kind: 'wrong-shape' }, { kind: 'quota' }, { kind: 'end-streams' }
]

test('no log line of any level and no error shows the token, a key, a value, a script or a message', async t => {
  const local = await startLocal(t, { token })
  const { app, log } = await startClient(t, local, { timeLimit: 100, breakerThreshold: 1000, maxReplyBytes: 20_000 })
  const errors: unknown[] = []
  const client = app.upstash
  if (client === null) return t.fail()
  await client.batch([['SET', key, value], ['SET', 'large', value.repeat(10_000)]])

  // As an app would: errors that a route lets through are logged by Fastify.
  app.get('/', async () => {
    const calls = [
      client.send(['INCR', key]), client.send(['GET', 'large']), client.send([value, key]), client.send(['SET', key, value, value]),
      client.send(['SET', key, { value } as never]), client.batch([['HSET', key, value, value], ['GET', key]]),
      client.script(`return redis.call('${script}')`).run([key], [value]), client.script(`${script}(`).run([key], [value]),
      client.script('return redis.error_reply(ARGV[1])').run([key], [`ERR ${value}`]), client.redis.incr(key), client.redis.multi().incr(key).set(key, value).exec(), client.redis.pipeline().incr(key).exec()
    ]
    const failed = (await Promise.allSettled(calls)).flatMap(outcome => outcome.status === 'rejected' ? [outcome.reason as unknown] : [])
    for (const err of failed) app.log.error({ err }, 'failed')
    errors.push(...failed)
    throw failed[0]
  })
  for (const fault of faults) {
    await local.faults.set(fault)
    const subscription = client.subscribe(channel, () => {})
    const reply = await app.inject('/')
    errors.push(reply.body)
    subscription.close()
  }
  await local.faults.set(null)
  const failing = client.subscribe(channel, text => { throw new Error(`cannot handle ${text}`) })
  await failing.opened
  while (await client.send(['PUBLISH', channel, message]).catch(() => 0) === 0) await new Promise(resolve => setImmediate(resolve))
  await log.has(/handler failed/)

  t.ok(errors.length > 100 && log.lines.length > 150, `${errors.length} errors, ${log.lines.length} lines`)
  const shown = JSON.stringify(log.lines) + errors.map(error => inspect(error, { depth: 10 })).join()
  for (const secret of SECRETS) t.notOk(shown.toLowerCase().includes(secret), `${secret} does not show`)
  t.notOk(shown.includes(Buffer.from(value).toString('base64').slice(0, 12)), 'nor as base64')
})

test('what the HTTP parser could not read does not show either', async t => {
  // A reply and a stream that break in the middle of their chunks.
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${value} no chunk\r\n`))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.close() })
  const { port } = server.address() as { port: number }
  const { client, log } = await startClient(t, { url: `http://127.0.0.1:${port}`, token })
  const error: unknown = await client.send(['GET', 'key']).catch((error: unknown) => error)
  t.match(error, { code: 'FST_UPSTASH_NETWORK', message: /^GET \(1 key\): connection failed \(HPE_|^GET \(1 key\): connection failed \(HTTPParserError/ })
  client.subscribe('chat', () => {})
  await log.has(/cannot be opened/)
  t.notOk((inspect(error, { depth: 10 }) + JSON.stringify(error) + JSON.stringify(log.lines)).includes(value))
})

test('what an endpoint repeats from the request in its headers does not show', async t => {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', request => socket.end(`HTTP/1.1 200 ${value}\r\ncontent-type: ${String(request).split('\r\n').at(-1)}\r\n\r\nno JSON`))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.close() })
  const { port } = server.address() as { port: number }
  const { client } = await startClient(t, { url: `http://127.0.0.1:${port}`, token })
  await t.rejects(client.send(['SET', key, value]), { code: 'FST_UPSTASH_BAD_REPLY', message: /^SET \(1 key\): no Upstash reply \(status 200, another content type\)/ })
})
