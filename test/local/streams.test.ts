import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { connect, Socket } from 'node:net'
import { fastify } from 'fastify'
import { test } from 'tap'
import type { Backend, StreamListener } from '../../local/backend/backend.ts'
import type { Command, Reply } from '../../local/backend/reply.ts'
import { serveStream } from '../../local/wire/serve-stream.ts'
import { EventStream, OpenStreams } from '../../local/wire/server-sent-events.ts'
import { startLocal } from '../local.ts'
import { openEvents } from './events.ts'
import { ask, command } from './wire.ts'

test('a subscription is a stream of server-sent events', async t => {
  const local = await startLocal(t)
  const events = await openEvents(local, '/subscribe/chat')
  t.equal(events.status, 200)
  t.equal(events.headers.get('content-type'), 'text/event-stream')
  t.ok(events.headers.get('upstash-sync-token'))
  t.equal(await events.next(), 'subscribe,chat,1')
  t.equal(await command(local, 'PUBLISH', 'chat', 'hello'), 1)
  t.equal(await command(local, 'PUBLISH', 'chat', 'how are you, today?'), 1)
  t.equal(await command(local, 'PUBLISH', 'other', 'not for us'), 0)
  t.same((await ask(local, '/publish/chat/é😀')).json, { result: 1 })
  t.equal(await events.next(), 'message,chat,hello')
  t.equal(await events.next(), 'message,chat,how are you, today?')
  t.equal(await events.next(), 'message,chat,é😀')
  events.close()
})

test('several channels in one path, and the token as a parameter', async t => {
  const local = await startLocal(t)
  const events = await openEvents(local, `/subscribe/a/b%2Fc?_token=${local.token}`)
  t.equal(await events.next(), 'subscribe,a,1')
  t.equal(await events.next(), 'subscribe,b/c,2')
  await command(local, 'PUBLISH', 'b/c', 'x')
  t.equal(await events.next(), 'message,b/c,x')
  events.close()
})

test('a pattern subscription tells pattern, channel and message', async t => {
  const local = await startLocal(t)
  const events = await openEvents(local, '/psubscribe/news.*')
  t.equal(await events.next(), 'psubscribe,news.*,1')
  await command(local, 'PUBLISH', 'news.art', 'hello')
  t.equal(await events.next(), 'pmessage,news.*,news.art,hello')
  events.close()
})

test('a line break in a message becomes a second data line of the same event', async t => {
  const local = await startLocal(t)
  const events = await openEvents(local, '/subscribe/chat')
  await events.next()
  await command(local, 'PUBLISH', 'chat', 'one\ntwo')
  t.equal(await events.next(), 'message,chat,one')
  t.equal(await events.next(), 'two')
  events.close()
})

test('monitor tells what others do', async t => {
  const local = await startLocal(t)
  const events = await openEvents(local, '/monitor')
  t.equal(await events.next(), '"OK"')
  await command(local, 'SET', 'k', 'v')
  t.match(await events.next(), /^\d+\.\d+ \[0 [^\]]+\] "SET" "k" "v"$/)
  events.close()
})

test('many streams at once', async t => {
  const local = await startLocal(t)
  const streams = await Promise.all(Array.from({ length: 40 }, () => openEvents(local, '/subscribe/chat')))
  t.ok((await Promise.all(streams.map(events => events.next()))).every(line => line === 'subscribe,chat,1'))
  t.equal(await command(local, 'PUBLISH', 'chat', 'all'), 40)
  t.ok((await Promise.all(streams.map(events => events.next()))).every(line => line === 'message,chat,all'))
  for (const events of streams) events.close()
})

test('a client that leaves is no subscriber any more', async t => {
  const local = await startLocal(t)
  const events = await openEvents(local, '/subscribe/chat')
  await events.next()
  events.close()
  await until(async () => await command(local, 'PUBLISH', 'chat', 'anyone?') === 0)
  t.pass()
})

test('a stream that Redis refuses is a 400', async t => {
  const local = await startLocal(t)
  t.match(await ask(local, '/subscribe', { method: 'POST' }), { status: 400, json: { error: /^ERR wrong number of arguments/ } })
})

test('closing the endpoint closes its streams', async t => {
  const local = await startLocal(t)
  const events = await openEvents(local, '/subscribe/chat')
  await events.next()
  await local.close()
  t.match(await events.next(), Error)
})

test('the bytes of an event are its data lines and a blank line', async t => {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const written: string[] = []
  response.write = (chunk: string) => written.push(chunk) > 0
  new EventStream(response, {}, () => {}).send({ kind: 'simple', text: 'one\ntwo' })
  t.same(written, ['data: one\ndata: two\n\n'])
})

test('a client that reads too slowly is cut off, rather than kept in memory without limit', async t => {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const events = new EventStream(response, {}, () => {})
  const megabyte: Reply = { kind: 'bulk', bytes: Buffer.alloc(1024 * 1024, 'x') }
  for (let i = 0; i < 31; i++) events.send(megabyte)
  t.equal(response.destroyed, false)
  events.send(megabyte)
  t.equal(response.destroyed, true)
  events.send(megabyte)
  t.ok(response.writableLength < 33 * 1024 * 1024)
})

test('a stream that is ended is no subscriber any more, whether or not its client has read to the end', async t => {
  const local = await startLocal(t)
  const socket = connect(Number(new URL(local.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write(`GET /subscribe/chat?_token=${local.token} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await once(socket, 'readable')   // and reads no more
  const large = 'x'.repeat(4 * 1024 * 1024)
  for (let i = 0; i < 4; i++) t.equal(await command(local, 'PUBLISH', 'chat', large), 1)
  await local.faults.set({ kind: 'end-streams' })
  await until(async () => await command(local, 'PUBLISH', 'chat', 'anyone?') === 0)
})

test('a client that has gone before the first line leaves nothing behind', async t => {
  const app = fastify()
  t.after(() => app.close())
  const streams = new OpenStreams()
  let closed = 0
  const opening: Array<() => void> = []
  const backend = {
    stream: async (_command: Command, { onReply }: StreamListener) => {
      await new Promise<void>(resolve => opening.push(resolve))
      onReply({ kind: 'simple', text: 'OK' })
      return { close: () => { closed++ } }
    }
  } as unknown as Backend
  let ended = 0
  const served = new Promise<void>((resolve, reject) => app.get('/', (_request, reply) => {
    serveStream(['MONITOR'], reply, backend, streams, events => { events.end = () => { ended++ } }).then(resolve, reject)
    reply.raw.once('close', () => opening[0]?.())
    leaving.abort()
  }))
  const leaving = new AbortController()
  await t.rejects(fetch(await app.listen({ port: 0, host: '127.0.0.1' }), { signal: leaving.signal }))
  await served
  t.equal(closed, 1)
  streams.end(() => true)
  t.equal(ended, 0, 'it is not kept')
})

/** For what another connection brings about and nothing announces. */
async function until (condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise(resolve => setImmediate(resolve))
}
