import { test } from 'tap'
import upstashEnv from '../../../plugins/env/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'
import { codeOf, loggedServer } from '../../client.ts'
import { startLocal } from '../../local.ts'

test('without credentials there is no client, and one info line says so', async t => {
  const { app, log } = loggedServer(t)
  await app.register(upstashEnv, { env: {} })
  await app.register(upstashClient)
  await app.ready()
  t.equal(app.upstash, null)
  t.match(log.lines, [{ level: 30, msg: /UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are not set; serving without Redis/ }])
  t.equal(log.lines.length, 1)
})

test('unusable credentials are one error line that names the mend; the app starts without Redis', async t => {
  const { app, log } = loggedServer(t)
  await app.register(upstashEnv, { env: { UPSTASH_REDIS_REST_URL: 'redis://x:s3cr3t@y', UPSTASH_REDIS_REST_TOKEN: 's3cr3t' } })
  await app.register(upstashClient)
  await app.ready()
  t.equal(app.upstash, null)
  t.match(log.lines, [{ level: 50, msg: /^UPSTASH_REDIS_REST_URL is a redis:\/\/ address.*; serving without Redis$/ }])
  t.equal(log.lines.length, 1)
})

test('with required, missing and unusable credentials and a Redis that does not answer fail the boot with the same text', async t => {
  const boot = async (url: string, token: string) => {
    const { app } = loggedServer(t)
    await app.register(upstashEnv, { env: {}, url, token })
    await app.register(upstashClient, { required: true })
  }
  await t.rejects(boot('', ''), { code: 'FST_UPSTASH_REQUIRED', message: /required: UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are not set/ })
  await t.rejects(boot('redis://x', 'token'), { code: 'FST_UPSTASH_REQUIRED', message: /the option url is a redis:\/\/ address/ })
  const local = await startLocal(t)
  await t.rejects(boot(local.url, 'wrong'), { code: 'FST_UPSTASH_REQUIRED', message: /the token was refused/, cause: { code: 'FST_UPSTASH_UNAUTHORIZED' } })
  t.equal(await codeOf(boot(local.url, local.token)), undefined)
})

test('the boot sends nothing; once the app listens, one PING tells that Redis is connected', async t => {
  const local = await startLocal(t)
  const { app, log } = loggedServer(t)
  await app.register(upstashEnv, { env: {}, url: local.url, token: local.token })
  await app.register(upstashClient)
  await app.ready()
  t.equal(local.stats().roundTrips, 0)
  t.equal(app.upstash?.state, 'unknown')
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.match(await log.has(/connected/), { level: 30, msg: 'connected to Upstash over REST', plugin: 'upstash-client' })
  t.equal(app.upstash?.state, 'connected')
  t.same(local.stats().byCommand, { ping: 1 })
})

test('a Redis that is away when the app starts delays nothing and is told once', async t => {
  const local = await startLocal(t)
  await local.faults.set({ kind: 'refuse' })
  const { app, log } = loggedServer(t)
  await app.register(upstashEnv, { env: {}, url: local.url, token: local.token })
  await app.register(upstashClient)
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.match(await log.has(/unreachable/), { level: 40, err: { code: 'FST_UPSTASH_NETWORK' } })
  t.equal(app.upstash?.state, 'unreachable')
})

test('an option that is unknown, of the wrong type or out of range fails the boot and is named', async t => {
  for (const [options, message] of [
    [{ timeLimt: 5 }, 'upstash-client: unknown option timeLimt'],
    [{ timeLimit: '5' }, 'upstash-client: option timeLimit must be integer'],
    [{ connections: 0, backoffMax: -1 }, 'upstash-client: option connections must be >= 1; option backoffMax must be >= 1']
  ] as const) {
    const { app } = loggedServer(t)
    await app.register(upstashEnv, { env: {} })
    await t.rejects(async () => await app.register(upstashClient, options as object), { code: 'FST_UPSTASH_INVALID_OPTION', message })
  }
})

test('without upstash-env the boot fails and names it', async t => {
  const { app } = loggedServer(t)
  await t.rejects(async () => await app.register(upstashClient), { message: /'upstash-env'.*'upstash-client'|upstash-client.*upstash-env/ })
})
