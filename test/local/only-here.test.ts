import { request } from 'undici'
import { test } from 'tap'
import { buildLocalUpstash } from '../../local/index.ts'
import { startLocal } from '../local.ts'
import { command } from './wire.ts'

const strange: Array<[headers: Record<string, string>, reason: RegExp]> = [
  [{ origin: 'https://example.com' }, /takes nothing from web pages/],
  [{ origin: 'null' }, /takes nothing from web pages/],
  [{ 'sec-fetch-site': 'cross-site' }, /takes nothing from web pages/],
  [{ 'sec-fetch-site': 'same-site' }, /takes nothing from web pages/],
  [{ host: 'example.com' }, /Host header must name a loopback address/],
  [{ host: '127.0.0.1.example.com' }, /Host header/],
  [{ host: 'localhost.example.com:8078' }, /Host header/]
]

test('a web page cannot reach the database, across origins or under a name that resolves to this machine', async t => {
  const local = await startLocal(t)
  await command(local, 'SET', 'a', 'mine')
  for (const [headers, reason] of strange) {
    for (const url of [`${local.controlUrl}/flush`, `${local.url}/flushdb?_token=${local.token}`]) {
      const { statusCode, body } = await request(url, { method: 'POST', headers })
      t.equal(statusCode, 403, JSON.stringify(headers))
      t.match(await body.json(), { error: reason })
    }
  }
  t.equal(await command(local, 'GET', 'a'), 'mine')
})

test('what programs and the address bar send is served', async t => {
  const local = await startLocal(t)
  const { port } = new URL(local.controlUrl)
  for (const headers of [{ host: `localhost:${port}` }, { host: '127.0.0.1' }, { host: `[::1]:${port}` }, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin' }]) {
    const { statusCode, body } = await request(`${local.controlUrl}/stats`, { headers })
    t.equal(statusCode, 200, JSON.stringify(headers))
    await body.dump()
  }
})

test('an app that was made to listen to a network answers nobody there', async t => {
  const app = await buildLocalUpstash({ token: 'mine' })
  t.after(() => app.close())
  const headers = { authorization: 'Bearer mine' }
  t.equal((await app.inject({ url: '/ping', headers, remoteAddress: '192.0.2.1' })).statusCode, 403)
  for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) t.equal((await app.inject({ url: '/ping', headers, remoteAddress })).statusCode, 200, remoteAddress)
})
