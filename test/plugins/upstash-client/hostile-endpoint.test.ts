import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { startClient } from '../../client.ts'

async function serve (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a redirect is not followed, so the token goes nowhere else', async t => {
  let asked = 0
  const elsewhere = await serve(t, (_request, response) => { asked++; response.end('{"result":1}') })
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await serve(t, (request, response) => response.writeHead(status, { location: `${elsewhere}${request.url}` }).end())
    const { client, log } = await startClient(t, { url, token: 'token' })
    await t.rejects(client.send(['GET', 'key']), { code: 'FST_UPSTASH_BAD_REPLY' }, `${status}`)
    client.subscribe('chat', () => {})
    await log.has(/cannot be opened/)
  }
  t.equal(asked, 0)
})

test('a reply of lists in lists, however deep, is a value or no reply', async t => {
  const nested = (depth: number) => `{"result":${'['.repeat(depth)}${']'.repeat(depth)}}`
  let body = ''
  const url = await serve(t, (_request, response) => response.end(body))
  const { client } = await startClient(t, { url, token: 'token' }, { breakerThreshold: 1000 })
  body = nested(4)
  t.strictSame(await client.send(['GET', 'key']), [[[[]]]])
  for (const depth of [1_000, 10_000, 100_000, 2_000_000]) {
    body = nested(depth)
    await t.rejects(client.send(['GET', 'key']), { code: 'FST_UPSTASH_BAD_REPLY' }, `${depth} levels`)
  }
})
