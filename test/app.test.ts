import { readdir } from 'node:fs/promises'
import Fastify, { type RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { test } from 'tap'
import application, { options } from '../app.ts'
import { environment, startApp } from './app.ts'
import type { Log } from './client.ts'
import { startLocal } from './local.ts'

/** What an operator reads after a deployment, a line a plugin. */
function startLines ({ lines }: Log): Record<string, string[]> {
  const plugins = ['upstash-client', 'cache', 'response-cache', 'presence', 'queue-stub']
  return Object.fromEntries(plugins.map(name => [name, lines.filter(({ plugin, level }) => plugin === name && level >= 30).map(({ msg }) => msg)]))
}

test('the log of a start tells what each plugin serves with', async t => {
  const { app, log } = await startApp(t, environment(await startLocal(t)))
  await app.listen({ port: 0, host: '127.0.0.1' })
  await log.has(/connected/)
  t.same(startLines(log), {
    'upstash-client': ['connected to Upstash over REST'],
    cache: ['caching in Upstash'],
    'response-cache': ['replies of routes with config.cache are cached'],
    presence: ['presence is shared by all processes on this Redis'],
    'queue-stub': ['queue disabled: DISABLE_BACKGROUND_JOBS is not set; jobs are refused']
  })
})

test('without credentials the app starts, each plugin says what that means in one line, and every route answers', async t => {
  const { app, log } = await startApp(t)
  t.same(startLines(log), {
    'upstash-client': ['UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN are not set; serving without Redis'],
    cache: ['caching is off, since there is no Redis: what would be cached is loaded each time'],
    'response-cache': ['replies of routes are not cached, since the cache keeps nothing'],
    presence: ['presence is local, since there is no Redis: it knows the connections of this process alone'],
    'queue-stub': ['queue disabled: DISABLE_BACKGROUND_JOBS is not set; jobs are refused']
  })
  for (const [method, url] of [['GET', '/health'], ['GET', '/status'], ['GET', '/visits'], ['POST', '/visits'], ['GET', '/lookup/J45']] as const) {
    const reply = await app.inject({ method, url })
    t.equal(reply.statusCode, 200, `${method} ${url}`)
    t.match(reply.headers, { 'content-type': /^application\/json/ })
  }
})

test('with unusable credentials the app starts without Redis and says how to mend it', async t => {
  const { app, log } = await startApp(t, { UPSTASH_REDIS_REST_URL: 'rediss://default:s3cr3t@host:6379', UPSTASH_REDIS_REST_TOKEN: 's3cr3t' })
  t.match(log.lines.filter(({ level }) => level >= 50), [{ msg: /^UPSTASH_REDIS_REST_URL is a redis:\/\/ address/ }])
  t.match((await app.inject('/health')).json(), { status: 'ok', upstash: 'disabled' })
  t.match((await app.inject('/status')).json().plugins['upstash-client'], { serves: 'null', reason: /^UPSTASH_REDIS_REST_URL is a redis/ })
  t.notMatch(JSON.stringify(log.lines), 's3cr3t')
})

test('errors are problem details', async t => {
  const app = Fastify(options)
  t.after(() => app.close())
  await app.register(fp(application))
  app.get('/broken', async () => { throw new Error('inside knowledge') })
  app.get('/upstash', async () => { throw Object.assign(new Error('not now'), { statusCode: 503, code: 'FST_UPSTASH_TIMEOUT' }) })
  // eslint-disable-next-line no-throw-literal -- libraries do throw such
  app.get('/null', async () => { throw null })
  app.get('/teapot', async () => { throw Object.assign(new Error('short and stout'), { status: 418 }) })
  app.get('/odd', async () => { throw Object.assign(new Error('inside knowledge'), { statusCode: 42 }) })
  app.get('/untitled', async () => { throw Object.assign(new Error('closed'), { statusCode: 499 }) })
  const problem = async (url: string) => {
    const reply = await app.inject(url)
    t.equal(reply.headers['content-type'], 'application/problem+json', url)
    t.equal(reply.json().status, reply.statusCode, url)
    return reply.json()
  }
  t.same(await problem('/nowhere'), {
    type: 'about:blank', title: 'Not Found', status: 404, detail: 'there is no GET for this path', code: 'FST_ERR_NOT_FOUND'
  })
  t.same(await problem('/broken'), { type: 'about:blank', title: 'Internal Server Error', status: 500 })
  t.same(await problem('/odd'), { type: 'about:blank', title: 'Internal Server Error', status: 500 })
  t.match(await problem('/untitled'), { title: 'Error', status: 499, detail: 'closed' })
  t.match(await problem('/upstash'), { title: 'Service Unavailable', status: 503, code: 'FST_UPSTASH_TIMEOUT' })
  t.same(await problem('/null'), { type: 'about:blank', title: 'Internal Server Error', status: 500 })
  t.match(await problem('/teapot'), { status: 418, detail: 'short and stout' })
  t.match(await problem('/%zz'), { title: 'Bad Request', status: 400, code: 'FST_ERR_BAD_URL' })
})

test('every route has a schema for its reply', async t => {
  const app = Fastify()
  t.after(() => app.close())
  // Without it one of them is not there.
  process.env['CACHE_ADMIN_TOKEN'] = 'for-the-test'
  t.after(() => { delete process.env['CACHE_ADMIN_TOKEN'] })
  const routes: RouteOptions[] = []
  app.addHook('onRoute', route => { routes.push(route) })
  await app.register(application)
  for (const folder of await readdir(new URL('../routes', import.meta.url))) t.ok(routes.some(({ url }) => `${url}/`.startsWith(`/${folder}/`)), folder)
  // The page's files hide from documentations.
  for (const { method, url, schema } of routes.filter(({ schema = {} }) => !('hide' in schema))) t.ok(schema?.response, `${String(method)} ${url}`)
})

test('all files load', async t => {
  // What no test loads has no coverage to fail by.
  for (const folder of ['contracts', 'example', 'lib', 'local', 'plugins', 'routes']) {
    const root = new URL(`../${folder}/`, import.meta.url)
    for (const file of await readdir(root, { recursive: true })) {
      if (/\.ts$/.test(file) && !/(^bin|child)\.ts$/.test(file)) await import(new URL(file, root).href)
    }
  }
  t.ok(await import('../index.ts'))
})

test('the state of Redis is told in /health and /status', async t => {
  const local = await startLocal(t)
  const { app } = await startApp(t, environment(local))
  const health = async () => (await app.inject('/health')).json()
  t.same(await health(), { status: 'ok', upstash: 'unknown', database: 'idle' })
  await app.upstash?.ping()
  t.same(await health(), { status: 'ok', upstash: 'connected', database: 'idle' })
  for (const [fault, state] of [
    [{ kind: 'status', status: 401 }, 'unauthorized'], [{ kind: 'quota' }, 'over-quota'], [{ kind: 'html' }, 'unreachable']
  ] as const) {
    await local.faults.set(fault)
    for (let n = 0; n < 5; n++) await app.upstash?.ping()
    t.same(await health(), { status: 'ok', upstash: state, database: 'idle' })
    const { plugins: { 'upstash-client': status } } = (await app.inject('/status')).json()
    t.match(status, { serves: 'upstash', state, stats: { breaker: 'open', errors: { circuit_open: Number }, latency: { p50: Number } } })
    await local.faults.set(null)
    while (app.upstash?.state !== 'connected') {
      await app.upstash?.ping()
      await new Promise(resolve => setImmediate(resolve))
    }
  }
})
