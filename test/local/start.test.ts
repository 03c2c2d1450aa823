import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { Writable } from 'node:stream'
import { test } from 'tap'
import { checkOptions } from '../../local/options.ts'
import { buildLocalUpstash, startLocalUpstash, type LocalOptions } from '../../local/index.ts'
import { ask } from './wire.ts'

test('everything has a default', async t => {
  const local = await startLocalUpstash()
  t.after(() => local.close())
  t.equal(local.token, 'local-token')
  t.match(local.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.match(local.controlUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.not(local.url, local.controlUrl)
  t.match(await ask(local, '/ping'), { status: 200 })
})

test('another loopback address, IPv6 where the machine has it', async t => {
  const addresses = Object.values(networkInterfaces()).flat().map(found => found?.address)
  for (const host of ['localhost', '::1'].filter(name => name === 'localhost' || addresses.includes(name))) {
    const local = await startLocalUpstash({ host })
    t.match(await ask(local, '/ping'), { status: 200 }, local.url)
    await local.close()
  }
})

test('options that cannot be are refused, with the reason', async t => {
  const wrong: Array<[options: LocalOptions, reason: RegExp]> = [
    [{ host: '0.0.0.0' }, /host must be a loopback address/], [{ host: 'example.com' }, /host/], [{ host: '' }, /host/], [{ host: '127.0.0.1.example.com' }, /host/],
    [{ port: -1 }, /^port must be a whole number/], [{ port: 1.5 }, /port/], [{ port: 65_536 }, /port/], [{ controlPort: NaN }, /^controlPort must be/],
    [{ token: '' }, /token must not be empty/],
    [{ redisUrl: 'secret' }, /^redisUrl is not a URL: give redis:\/\/host:port$/], [{ redisUrl: 'https://:secret@x' }, /must begin with redis:\/\/ and name a host$/], [{ redisUrl: 'redis:///3' }, /name a host/],
    [{ redisUrl: 'redis://:50%secret@x' }, /^redisUrl has a % in its user or password that begins no escape: write it as %25$/], [{ redisUrl: 'redis://%:%41@x' }, /begins no escape/],
    [{ redisUrl: 'redis://secret@x' }, /^redisUrl names a user without a password/], [{ redisUrl: 'redis://x?password=secret' }, /^redisUrl must end after the database/], [{ redisUrl: 'redis://x#secret' }, /end after/]
  ]
  for (const [options, message] of wrong) {
    await t.rejects(startLocalUpstash(options), { name: 'LocalOptionError', code: 'FST_LOCAL_BAD_OPTION', message }, JSON.stringify(options))
  }
})

test('a Redis address without a port means the usual one', async t => {
  t.equal(checkOptions({ redisUrl: 'redis://localhost/2' }).redisUrl?.href, 'redis://localhost:6379/2')
})

test('a port in use fails the start and leaves nothing open', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  await t.rejects(startLocalUpstash({ port }), { code: 'EADDRINUSE' })
  await t.rejects(startLocalUpstash({ controlPort: port }), { code: 'EADDRINUSE' })
})

test('closing twice is closing once', async t => {
  const local = await startLocalUpstash()
  await Promise.all([local.close(), local.close()])
  await local.close()
  await t.rejects(ask(local, '/ping'))
  await t.rejects(fetch(local.controlUrl))
  await local.faults.set(null)
  await t.rejects(ask(local, '/ping'), 'lifting faults afterwards opens nothing')
})

test('requests are logged where that is asked for', async t => {
  const lines: string[] = []
  const stream = new Writable({ write (chunk, _encoding, done) { lines.push(String(chunk)); done() } })
  const local = await startLocalUpstash({ logger: { level: 'info', stream } })
  t.after(() => local.close())
  await ask(local, '/get/my-key?_token=local-token')
  await ask(local, '/?_token=local-token', { body: ['PING'] })
  await ask(local, '/get/%zz?_token=local-token', { method: 'DELETE' })
  const log = lines.join('')
  t.match(log, /incoming request/)
  t.match(log, /"req":\{"method":"GET","url":"\/get"\}/)
  t.notMatch(log, /local-token|my-key/)
})

test('a log may be asked for in one word', async t => {
  t.equal(checkOptions({}).logger, false)
  t.match(checkOptions({ logger: true }).logger, { serializers: { req: Function } })
})

test('an app that listens closes with its subscribers', async t => {
  const app = await buildLocalUpstash({ token: 'mine' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${url}/subscribe/chat`, { method: 'POST', headers: { authorization: 'Bearer mine' } })
  const reader = response.body!.getReader()
  await reader.read()
  await app.close()
  t.equal((await reader.read()).done, true, 'a proper end')
})

test('the app can be had without a port', async t => {
  const app = await buildLocalUpstash({ token: 'mine' })
  t.after(() => app.close())
  const headers = { authorization: 'Bearer mine', 'upstash-encoding': 'base64' }
  t.same((await app.inject({ method: 'POST', url: '/', headers, payload: JSON.stringify(['SET', 'a', 'b']) })).json(), { result: 'OK' })
  t.same((await app.inject({ url: '/get/a', headers })).json(), { result: 'Yg==' })
  t.equal((await app.inject({ url: '/get/a' })).statusCode, 401)
  await (await buildLocalUpstash()).close()
})
