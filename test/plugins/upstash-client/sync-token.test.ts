import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

test('the token of the last reply goes with the next request', async t => {
  const local = await startLocal(t)
  const { client } = await startClient(t, local)
  await client.send(['SET', 'key', 1])
  const token = client.redis.readYourWritesSyncToken
  t.ok(token)
  await client.send(['SET', 'key', 2])
  t.not(client.redis.readYourWritesSyncToken, token)
})

interface Held { name: string, sent: string | undefined, answer (token: string): void }

test('replies out of order: a write’s token yields only to a later write or a request sent after it', async t => {
  // An endpoint that keeps every request until the test answers it.
  const held: Held[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    text(request).then(body => {
      const [name] = JSON.parse(body) as string[]
      held.push({
        name: String(name),
        sent: request.headers['upstash-sync-token'] as string | undefined,
        answer: token => response.writeHead(200, token === '' ? {} : { 'upstash-sync-token': token }).end('{"result":1}')
      })
      server.emit('held')
    }).catch(t.error)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  const { port } = server.address() as { port: number }
  const { client } = await startClient(t, { url: `http://127.0.0.1:${port}/base/`, token: 'token' })

  const request = async (name: 'GET' | 'INCR') => {
    const reply = client.send([name, 'key'])
    while (held.length === 0) await once(server, 'held')
    const { sent, answer } = held.shift() as Held
    return { sent, answer: async (token: string) => { answer(token); await reply } }
  }
  const current = () => client.redis.readYourWritesSyncToken

  const first = await request('GET')
  t.equal(first.sent, undefined, 'there is none yet')
  await first.answer('t1')

  const earlyRead = await request('GET')
  t.equal(earlyRead.sent, 't1')
  const write = await request('INCR')
  await write.answer('w1')
  await earlyRead.answer('r1')
  t.equal(current(), 'w1', 'a read sent before the write does not replace its token')

  const laterRead = await request('GET')
  t.equal(laterRead.sent, 'w1')
  await laterRead.answer('r2')
  t.equal(current(), 'r2', 'a read sent after it does')

  const [writeA, writeB] = [await request('INCR'), await request('INCR')]
  await writeB.answer('b')
  await writeA.answer('a')
  t.equal(current(), 'b', 'of two writes, that sent last')

  const none = await request('INCR')
  await none.answer('')
  t.equal(current(), 'b', 'a reply without a token changes nothing')
})
