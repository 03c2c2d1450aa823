import { inspect } from 'node:util'
import fastifyEnv from '@fastify/env'
import Fastify from 'fastify'
import { test } from 'tap'
import upstashEnv, { type Credentials, type UpstashEnvOptions } from '../../../plugins/env/index.ts'

const URL = 'https://name-12345.upstash.io'

async function credentials (options: UpstashEnvOptions): Promise<Credentials> {
  const app = Fastify()
  await app.register(upstashEnv, { env: {}, ...options })
  await app.close()
  return app.upstashConfig.credentials
}

function fromPair (url: string | undefined, token: string | undefined): Promise<Credentials> {
  return credentials({ env: { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } })
}

test('credentials are taken from options, from UPSTASH_* and from KV_*, in that order, and never mixed', async t => {
  const kv = { KV_REST_API_URL: 'https://kv.example', KV_REST_API_TOKEN: 'kv' }
  const upstash = { UPSTASH_REDIS_REST_URL: 'https://upstash.example/', UPSTASH_REDIS_REST_TOKEN: 'upstash' }
  const expect = async (options: UpstashEnvOptions, url: string, token: string) => {
    const found = await credentials(options)
    t.match(found, { status: 'usable', url })
    t.equal(found.status === 'usable' && found.token, token)
  }
  await expect({ env: kv }, 'https://kv.example', 'kv')
  await expect({ env: { ...kv, ...upstash } }, 'https://upstash.example', 'upstash')
  await expect({ env: { ...kv, ...upstash }, url: 'https://option.example', token: 'option' }, 'https://option.example', 'option')
  t.match(await credentials({ env: upstash, url: 'https://other.example' }), { status: 'unusable', problem: /^the option token is missing beside the option url/ })
  t.match(await credentials({ env: upstash, token: 'token' }), { status: 'unusable', problem: /^the option url is missing/ })
  t.match(await credentials({ env: { ...kv, UPSTASH_REDIS_REST_URL: URL } }), { status: 'unusable', problem: /^UPSTASH_REDIS_REST_TOKEN is missing/ })
})

test('without credentials, or with empty ones, they are missing and not unusable', async t => {
  t.same(await credentials({}), { status: 'missing' })
  t.same(await fromPair('', ''), { status: 'missing' })
})

test('process.env is read where nothing else is given', async t => {
  t.same((await credentials({ env: undefined as never })).status, 'missing')
})

test('what cannot be used is told by the name of the variable and the mend, without its value', async t => {
  const secret = 's3cr3t'
  const cases: Array<[url: string | undefined, token: string | undefined, problem: RegExp]> = [
    ['redis://default:s3cr3t@name.upstash.io:6379', secret, /^UPSTASH_REDIS_REST_URL is a redis:\/\/ address.*https:\/\//],
    ['rediss://default:s3cr3t@name.upstash.io:6379', secret, /^UPSTASH_REDIS_REST_URL is a redis:\/\/ address/],
    ['https://default:s3cr3t@name.upstash.io', secret, /^UPSTASH_REDIS_REST_URL has credentials in it/],
    [` ${URL}`, secret, /^UPSTASH_REDIS_REST_URL begins or ends with a blank/],
    [`${URL}\n`, secret, /^UPSTASH_REDIS_REST_URL begins or ends with a blank or a line break/],
    ['   ', secret, /^UPSTASH_REDIS_REST_URL begins or ends with a blank/],
    [`"${URL}"`, secret, /^UPSTASH_REDIS_REST_URL has quotes/],
    [URL, `"${secret}"`, /^UPSTASH_REDIS_REST_TOKEN has quotes/],
    [URL, `${secret} `, /^UPSTASH_REDIS_REST_TOKEN begins or ends with a blank/],
    [URL, `${secret}\nx`, /^UPSTASH_REDIS_REST_TOKEN has characters/],
    ['http://name.upstash.io', secret, /^UPSTASH_REDIS_REST_URL would send the token unencrypted: use https/],
    ['http://127.0.0.1.example.com', secret, /^UPSTASH_REDIS_REST_URL would send the token unencrypted/],
    ['name.upstash.io', secret, /^UPSTASH_REDIS_REST_URL is no https:\/\/ URL/],
    ['ftp://name.upstash.io', secret, /^UPSTASH_REDIS_REST_URL is no https:\/\/ URL/],
    [`${URL}?_token=${secret}`, secret, /^UPSTASH_REDIS_REST_URL has a query/],
    [undefined, secret, /^UPSTASH_REDIS_REST_URL is missing beside UPSTASH_REDIS_REST_TOKEN/],
    [URL, undefined, /^UPSTASH_REDIS_REST_TOKEN is missing beside UPSTASH_REDIS_REST_URL/]
  ]
  for (const [url, token, problem] of cases) {
    const found = await fromPair(url, token)
    t.match(found, { status: 'unusable', problem }, JSON.stringify(url))
    t.notMatch(inspect(found), secret)
  }
  t.match(await credentials({ url: 'redis://x', token: secret }), { problem: /^the option url is a redis:/ })
})

test('unencrypted http is for this machine, or for those who ask for it', async t => {
  for (const host of ['localhost:8079', 'app.localhost', '127.0.0.1:1', '127.9.9.9', '[::1]:8079']) {
    t.match(await fromPair(`http://${host}`, 'token'), { status: 'usable' }, host)
  }
  t.match(await credentials({ url: 'http://redis.internal', token: 'token', allowInsecure: true }), { status: 'usable' })
})

test('the token does not show where the configuration is logged or serialised', async t => {
  const found = await fromPair(URL, 's3cr3t')
  t.notMatch(inspect(found) + JSON.stringify(found), 's3cr3t')
})

test('an app keeps its own @fastify/env, registered before ours or after', async t => {
  const data = { UPSTASH_REDIS_REST_URL: URL, UPSTASH_REDIS_REST_TOKEN: 's3cr3t', OWN: 'own' }
  const theirs = { schema: { type: 'object', properties: { OWN: { type: 'string' } } }, data, env: false }
  for (const order of ['before', 'after']) {
    const app = Fastify()
    if (order === 'before') await app.register(fastifyEnv, theirs)
    await app.register(upstashEnv, { env: data })
    if (order === 'after') await app.register(fastifyEnv, theirs)
    await app.ready()
    t.same(app.getDecorator('config'), { OWN: 'own' }, order)
    t.same(app.getEnvs(), { OWN: 'own' }, order)
    t.equal(app.upstashConfig.credentials.status, 'usable', order)
    await app.close()
  }
})

test('a misspelt option, one of the wrong type and a second registration fail the boot', async t => {
  const boot = async (options: object) => await Fastify().register(upstashEnv, options)
  await t.rejects(boot({ Url: URL }), { code: 'FST_UPSTASH_INVALID_OPTION', message: 'upstash-env: unknown option Url' })
  await t.rejects(boot({ allowInsecure: 'yes' }), { message: 'upstash-env: option allowInsecure must be boolean' })
  const app = Fastify()
  await app.register(upstashEnv, { env: {} })
  await t.rejects(async () => await app.register(upstashEnv, { env: {} }), { code: 'FST_ERR_DEC_ALREADY_PRESENT' })
})
