import { test } from 'tap'
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

/** For what another connection brings about and nothing announces. */
async function until (condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise(resolve => setImmediate(resolve))
}
