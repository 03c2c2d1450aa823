import { getEventListeners, once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'tap'
import type { Gap, SubscribeOptions, UpstashClient } from '../../../plugins/upstash-client/index.ts'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

/** A subscription whose messages and gaps can be awaited one by one. */
function listen (client: UpstashClient, channel: string, options: SubscribeOptions = {}) {
  const messages = queue<string>()
  const gaps = queue<Gap>()
  const subscription = client.subscribe(channel, messages.push, { onGap: gaps.push, ...options })
  return { subscription, message: messages.next, gap: gaps.next, messages: messages.items }
}

function queue<T> () {
  const items: T[] = []
  const waiting: Array<(item: T) => void> = []
  return {
    items,
    push: (item: T) => { const resolve = waiting.shift(); if (resolve) resolve(item); else items.push(item) },
    next: async () => items.shift() ?? await new Promise<T>(resolve => waiting.push(resolve))
  }
}

test('messages arrive as they were published, also with commas, unicode and on a channel with commas', async t => {
  const { client } = await startClient(t, await startLocal(t))
  for (const channel of ['chat', 'a,b,c', 'room/1?x#y', 'grüße 👋']) {
    const { subscription, message } = listen(client, channel)
    await subscription.opened
    t.equal(subscription.state, 'open')
    for (const text of ['hello', 'a,b', '{"x":[1,2]}', '👋'.repeat(20_000), '', ' \u2028 ']) {
      t.equal(await client.send(['PUBLISH', channel, text]), 1)
      t.equal(await message(), text)
    }
    subscription.close()
    t.equal(subscription.state, 'closed')
  }
})

test('a stream that ends without a word is opened again, and the gap is told', async t => {
  const local = await startLocal(t)
  const { client, log } = await startClient(t, local)
  const { subscription, message, gap } = listen(client, 'chat')
  await subscription.opened
  await local.faults.set({ kind: 'end-streams', times: 1 })
  await local.faults.set(null)
  t.ok((await gap()).duration > 0)
  await client.send(['PUBLISH', 'chat', 'after'])
  t.equal(await message(), 'after')
  t.match(client.stats().subscriptions, { open: 1, total: 1, gaps: 1 })
  t.same(log.messages.filter(text => /subscription/.test(text)), [], 'a stream that comes back at once is no news')
})

for (const fault of [{ kind: 'refuse' }, { kind: 'reset' }, { kind: 'status', status: 500 }, { kind: 'stall' }, { kind: 'html' }] as const) {
  test(`a stream that cannot be opened (${fault.kind}) is tried again with back-off until it can`, async t => {
    const local = await startLocal(t)
    const { client, log } = await startClient(t, local, { timeLimit: fault.kind === 'stall' ? 100 : 5000 })
    await local.faults.set(fault)
    const { subscription, message } = listen(client, 'chat')
    t.match(await log.has(/cannot be opened/), { level: 40 })
    await local.faults.set(null)
    await subscription.opened
    await log.has(/open again/)
    while (await client.send(['PUBLISH', 'chat', 'hello']).catch(() => 0) === 0) await new Promise(resolve => setImmediate(resolve))
    t.equal(await message(), 'hello')
    t.equal(log.messages.filter(text => /subscription/.test(text)).length, 2, 'one line for the trouble, one for its end')
  })
}

test('a stream lost with its connection is opened again, and the gap is told', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  const { subscription, gap } = listen(client, 'chat')
  await subscription.opened
  await local.faults.set({ kind: 'refuse' }) // Destroys the sockets that are open.
  await local.faults.set(null)
  await gap()
  t.equal(subscription.state, 'open')
})

test('close and the signal end a subscription in every state, and nothing is delivered after', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local, { timeLimit: 5000, backoffInitial: 60_000, backoffMax: 60_000 })
  const aborted = client.subscribe('chat', () => t.fail('delivered'), { signal: AbortSignal.abort() })
  await aborted.opened
  t.equal(aborted.state, 'closed')

  const controller = new AbortController()
  const open = listen(client, 'chat', { signal: controller.signal })
  await open.subscription.opened
  controller.abort()
  t.equal(open.subscription.state, 'closed')
  while (getEventListeners(controller.signal, 'abort').length > 0) await new Promise(resolve => setImmediate(resolve))
  while (await client.send(['PUBLISH', 'chat', 'late']) !== 0);
  t.same(open.messages, [])

  await local.faults.set({ kind: 'stall' })
  const opening = listen(client, 'chat').subscription
  t.equal(opening.state, 'opening')
  opening.close()
  await opening.opened

  await local.faults.set({ kind: 'reset' })
  const waiting = listen(client, 'chat').subscription
  while (waiting.state !== 'waiting') await new Promise(resolve => setImmediate(resolve))
  const { roundTrips } = client.stats()
  await new Promise(resolve => setTimeout(resolve, 30)) // Longer than it takes to try, and shorter than the back-off.
  t.equal(client.stats().roundTrips, roundTrips, 'it waits')
  waiting.close()
  await waiting.opened
  t.equal(client.stats().subscriptions.open, 0)
})

test('the time limit is for opening a stream: one that is open stays so', async t => {
  const { client } = await startClient(t, await startLocal(t), { timeLimit: 200 })
  const { subscription, message } = listen(client, 'chat')
  await subscription.opened
  await new Promise(resolve => setTimeout(resolve, 250)) // Timers of one process fire in order: the limit's would have.
  t.equal(subscription.state, 'open')
  await client.send(['PUBLISH', 'chat', 'still here'], { timeLimit: 5000 })
  t.equal(await message(), 'still here')
  t.equal(client.stats().subscriptions.gaps, 0)
})

test('a handler that throws or rejects is logged without the message, and the next one still arrives', async t => {
  const { client, log } = await startClient(t, await startLocal(t))
  const received: string[] = []
  const fail = (message: string) => { throw new TypeError(`cannot handle ${message}`) }
  const subscription = client.subscribe('chat', message => {
    received.push(message)
    return message === 'rejected' ? Promise.reject(new TypeError(message)) : message === 'thrown' ? fail(message) : undefined
  })
  await subscription.opened
  await client.batch([['PUBLISH', 'chat', 'thrown'], ['PUBLISH', 'chat', 'rejected'], ['PUBLISH', 'chat', 'good']])
  while (received.length < 3) await new Promise(resolve => setImmediate(resolve))
  t.same(received, ['thrown', 'rejected', 'good'])
  const lines = log.lines.filter(({ msg }) => msg === 'a subscription handler failed')
  t.match(lines, [{ level: 50, error: 'TypeError', at: [/subscription\.test/] }, { error: 'TypeError' }])
  t.notMatch(JSON.stringify(lines), 'cannot handle')
})

test('a handler may close its subscription, at once or later, and gets no message after', async t => {
  const { client } = await startClient(t, await startLocal(t))
  for (const close of [(end: () => void) => end(), (end: () => void) => queueMicrotask(end)]) {
    const received: string[] = []
    const subscription = client.subscribe('chat', message => {
      received.push(message)
      close(subscription.close)
    })
    await subscription.opened
    await client.batch([['PUBLISH', 'chat', 'first'], ['PUBLISH', 'chat', 'second']])
    while (client.stats().subscriptions.open > 0) await new Promise(resolve => setImmediate(resolve))
    t.same(received, ['first'])
  }
})

test('a subscription that was tried in vain at first tells the gap once it is open', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  await local.faults.set({ kind: 'reset', times: 2 })
  const { gap, subscription } = listen(client, 'chat')
  t.ok((await gap()).duration > 0)
  t.equal(subscription.state, 'open')
})

test('a refused stream has the error of its status, and its Retry-After is waited for', async t => {
  const local = await startLocal(t)
  const { client, log } = await startClient(t, local)
  await local.faults.set({ kind: 'status', status: 429, retryAfter: 3600 })
  const limited = client.subscribe('chat', () => {})
  t.match(await log.has(/cannot be opened/), { err: { code: 'FST_UPSTASH_RATE_LIMITED' } })
  await new Promise(resolve => setTimeout(resolve, 60)) // Longer than the back-off, and timers fire in order.
  t.match(client.stats(), { roundTrips: 1 })
  t.equal(limited.state, 'waiting')
  await local.faults.set({ kind: 'status', status: 401 })
  const other = await startClient(t, local)
  other.client.subscribe('chat', () => {})
  t.match(await other.log.has(/cannot be opened/), { err: { code: 'FST_UPSTASH_UNAUTHORIZED' } })
})

test('a stream that stalls or ends before it is confirmed is trouble, and told', async t => {
  const local = await startLocal(t)
  const stalled = await startClient(t, local, { timeLimit: 50 })
  await local.faults.set({ kind: 'stall' })
  stalled.client.subscribe('chat', () => {})
  t.match(await stalled.log.has(/cannot be opened/), { err: { code: 'FST_UPSTASH_TIMEOUT' } })
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  const { port } = server.address() as { port: number }
  const ended = await startClient(t, { url: `http://127.0.0.1:${port}`, token: 'token' })
  ended.client.subscribe('chat', () => {})
  t.match(await ended.log.has(/cannot be opened/), { err: { code: 'FST_UPSTASH_NETWORK', message: /the stream ended/ } })
})

test('the SDK’s own subscribe is supervised as well', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  const subscriber = client.redis.subscribe<string>('chat')
  const next = async () => await new Promise<unknown>(resolve => subscriber.on('message', ({ message }) => resolve(message)))
  while (client.stats().subscriptions.open === 0) await new Promise(resolve => setImmediate(resolve))
  await client.send(['PUBLISH', 'chat', '{"a":1}'])
  t.same(await next(), { a: 1 })
  await subscriber.unsubscribe()
  while (client.stats().subscriptions.open > 0) await new Promise(resolve => setImmediate(resolve))
})

test('an event larger than maxReplyBytes ends the stream, which is opened again', async t => {
  const { client } = await startClient(t, await startLocal(t), { maxReplyBytes: 10_000 })
  const { subscription, gap, messages } = listen(client, 'chat')
  await subscription.opened
  await client.send(['PUBLISH', 'chat', 'x'.repeat(1_000_000)])
  await gap()
  t.same(messages, [])
})

test('events are read with and without the blank lines and the blank of the standard', async t => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: subscribe,chat,1\r\ndata:message,chat,one\n: comment\n\ndata: mess')
    response.write('age,chat,two\n\n')
    response.write(Buffer.concat([Buffer.from('data: message,chat,'), Buffer.from('👋').subarray(0, 2)]))
    response.write(Buffer.concat([Buffer.from('👋').subarray(2), Buffer.from('\n')]))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  const { port } = server.address() as { port: number }
  const { client } = await startClient(t, { url: `http://127.0.0.1:${port}`, token: 'token' })
  const { message } = listen(client, 'chat')
  t.same([await message(), await message(), await message()], ['one', 'two', '👋'])
})
