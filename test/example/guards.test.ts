import Fastify, { type RouteOptions } from 'fastify'
import { test } from 'tap'
import application from '../../app.ts'
import { eventually } from '../../contracts/expect.ts'
import { startApp } from '../app.ts'

const crossOrigin = { status: 403, code: 'FST_EXAMPLE_CROSS_ORIGIN' }

test('no route takes a write from a page of another origin, nor as the text that a form can send', async t => {
  const routes: RouteOptions[] = []
  const app = Fastify()
  t.after(() => app.close())
  process.env['CACHE_ADMIN_TOKEN'] = 'for-the-test'
  t.after(() => { delete process.env['CACHE_ADMIN_TOKEN'] })
  app.addHook('onRoute', route => { routes.push(route) })
  await app.register(application)
  const writes = routes.flatMap(({ method, url }) => [method].flat().filter(method => !/^(GET|HEAD|OPTIONS)$/.test(method)).map(method => ({ method: method as 'POST', url })))
  t.ok(writes.length >= 15, `${writes.length} routes`)
  for (const { method, url } of writes) {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }]) {
      t.match((await app.inject({ method, url, headers })).json(), crossOrigin, `${method} ${url}`)
    }
  }
  t.equal((await app.inject({ method: 'POST', url: '/session', payload: '{"name":"Ann"}', headers: { 'content-type': 'text/plain' } })).statusCode, 415)
})

test('a link from elsewhere leads to the page, which no other frames', async t => {
  const { app } = await startApp(t)
  const follow = (dest: string) => app.inject({ url: '/', headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': dest } })
  t.equal((await follow('document')).statusCode, 200)
  t.match((await follow('iframe')).json(), crossOrigin)
})

test('every reply has the headers that browsers heed, also an error and what is no page', async t => {
  const { app } = await startApp(t)
  for (const url of ['/', '/health', '/nowhere']) {
    t.match((await app.inject(url)).headers, { 'content-security-policy': /^default-src 'none';/, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }, url)
  }
})

test('a process that cannot keep up says so, and is healthy nevertheless', async t => {
  const { app } = await startApp(t, { MAX_EVENT_LOOP_DELAY: '1' })
  const url = '/status'
  await eventually(async () => {
    const end = performance.now() + 100
    while (performance.now() < end);
    return (await app.inject(url)).statusCode === 503
  }, 'it is told')
  const reply = await app.inject(url)
  t.match(reply.json(), { status: 503, code: 'FST_UNDER_PRESSURE' })
  t.equal(reply.headers['retry-after'], '5')
  t.equal((await app.inject('/health')).statusCode, 200)
})

test('who signs in too often is refused, but where limits are off for a load', async t => {
  for (const [limits, status] of [['', 429], ['off', 201]] as const) {
    const { app } = await startApp(t, { RATE_LIMITS: limits })
    const signIn = () => app.inject({ method: 'POST', url: '/session', payload: { name: 'Ann' } })
    for (let times = 0; times < 20; times++) t.equal((await signIn()).statusCode, 201)
    t.equal((await signIn()).statusCode, status)
  }
})

test('the documentation has no files of the page, and a page of its own', async t => {
  const { app } = await startApp(t)
  const { openapi, paths } = (await app.inject('/documentation/json')).json()
  t.match(openapi, /^3\./)
  t.notOk(paths['/app.js'], 'files of the page are none')
  const page = await app.inject('/documentation/')
  t.match(page.headers, { 'content-type': /^text\/html/, 'content-security-policy': /img-src 'self' data:;.*frame-ancestors 'none'/ })
})
