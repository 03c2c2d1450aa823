import type { FastifyInstance, FastifyRequest } from 'fastify'
import { test } from 'tap'
import cachePlugin from '../../../plugins/cache/index.ts'
import responseCache from '../../../plugins/response-cache/index.ts'
import { startCache } from '../../cache.ts'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'
import { startResponseCache, statusOf } from '../../response-cache.ts'

const HOOKS = ['onRequest', 'preValidation', 'preHandler'] as const

/** Lets in who has the word. */
async function guard (request: FastifyRequest): Promise<void> {
  if (request.headers['x-word'] !== 'friend') throw Object.assign(new Error('no'), { statusCode: 403 })
}

/** Ways to guard a route, each of which may come before the plugin or after it. */
const GUARDS: Record<string, (app: FastifyInstance, hook: typeof HOOKS[number]) => void> = {
  'a hook of the app': (app, hook) => { app.addHook(hook, guard) },
  'a hook that a plugin appends to each route': (app, hook) => {
    app.addHook('onRoute', route => { route[hook] = [...[route[hook] ?? []].flat(), guard] as never })
  },
  'a hook that a plugin pushes into each route': (app, hook) => {
    app.addHook('onRoute', route => {
      if (Array.isArray(route[hook])) (route[hook] as unknown[]).push(guard)
      else route[hook] = (route[hook] === undefined ? [guard] : [route[hook], guard]) as never
    })
  }
}

for (const [name, add] of Object.entries(GUARDS)) {
  for (const order of ['before', 'after'] as const) {
    for (const level of ['root', 'child'] as const) {
      test(`a hit is never served before ${name}, ${order} the plugin, in ${level}`, async t => {
        const local = await startLocal(t)
        for (const hook of HOOKS) {
          const { app } = await startClient(t, local, { timeLimit: 20_000 })
          await app.register(cachePlugin, { keyPrefix: `${hook}:` })
          if (order === 'before') add(app, hook)
          await app.register(responseCache)
          if (order === 'after' && level === 'root') add(app, hook)
          const routes = async (scope: FastifyInstance) => {
            if (order === 'after' && level === 'child') add(scope, hook)
            scope.get('/r', { config: { cache: { ttl: 60 } } }, async () => 'secret')
          }
          if (level === 'child') await app.register(routes)
          else await routes(app)
          const ask = async (word?: string) => await app.inject({ url: '/r', headers: word === undefined ? {} : { 'x-word': word } })
          t.equal((await ask('friend')).body, 'secret')
          t.match(await ask('friend'), { body: 'secret', headers: { 'cache-status': 'fastify-upstash; hit; ttl=60' } }, hook)
          t.equal((await ask()).statusCode, 403, hook)
          t.equal((await ask('foe')).statusCode, 403, hook)
        }
      })
    }
  }
}

test('a guard of the route itself runs as well, and one array given to two routes stays as it was', async t => {
  const { app } = await startResponseCache(t)
  const [preHandler, onSend] = [[guard], [async () => {}]]
  for (const url of ['/a', '/b']) app.get(url, { preHandler, onSend, config: { cache: { ttl: 60 } } }, async () => 'secret')
  const word = { 'x-word': 'friend' }
  await app.inject({ url: '/a', headers: word })
  t.equal(statusOf(await app.inject({ url: '/a', headers: word })), 'hit; ttl=60')
  t.equal((await app.inject('/a')).statusCode, 403)
  t.same([preHandler.length, onSend.length], [1, 1])
})

test('a guard around a route\'s handler is asked for hits where its plugin came after this one, and is cached with the handler where it came before', async t => {
  for (const order of ['before', 'after'] as const) {
    const { app } = await startCache(t)
    const addGuard = () => app.addHook('onRoute', route => {
      const { handler } = route
      route.handler = async function (request, reply) {
        await guard(request)
        return await handler.call(this, request, reply)
      }
    })
    if (order === 'before') addGuard()
    await app.register(responseCache)
    if (order === 'after') addGuard()
    app.get('/r', { config: { cache: { ttl: 60 } } }, async () => 'secret')
    for (let n = 0; n < 2; n++) t.equal((await app.inject({ url: '/r', headers: { 'x-word': 'friend' } })).body, 'secret')
    t.equal((await app.inject('/r')).statusCode, order === 'before' ? 200 : 403, 'as docs/response-cache-security.md says')
  }
})

test('what hooks add for each request is added to a hit as well, and never replayed', async t => {
  const { app } = await startResponseCache(t)
  let requests = 0
  app.addHook('onRequest', async (request, reply) => { reply.header('access-control-allow-origin', String(request.headers.origin)).header('vary', 'Origin').header('x-first', ++requests) })
  app.addHook('onSend', async (request, reply) => {
    if (!reply.hasHeader('x-request-id')) reply.header('x-request-id', String(request.id))
    if (request.headers['x-trace'] !== undefined) reply.header('x-trace', request.headers['x-trace'])
    reply.header('x-limit', requests)
  })
  app.get('/r', { config: { cache: { ttl: 60 } } }, async (_request, reply) => { reply.header('x-own', 'kept').header('x-limit', 'of the handler'); return 'body' })
  const ask = async (headers: Record<string, string>) => await app.inject({ url: '/r', headers: { origin: 'https://a.example', ...headers } })
  const first = await ask({ 'x-trace': '1' })
  const second = await ask({})
  t.equal(statusOf(second), 'hit; ttl=60')
  t.match(second.headers, { 'access-control-allow-origin': 'https://a.example', 'x-first': '2', 'x-limit': '2', 'x-own': 'kept', vary: 'Origin' })
  t.not(second.headers['x-request-id'], first.headers['x-request-id'])
  t.notOk('x-trace' in second.headers)
  t.equal((await app.inject({ url: '/r', headers: { origin: 'https://b.example' } })).headers['access-control-allow-origin'], 'https://b.example')
})

test('a reply of a guard is none of the handler, and is not stored', async t => {
  const { app } = await startResponseCache(t)
  app.get('/r', { config: { cache: { ttl: 60 } }, preHandler: async (request, reply) => { if (request.headers['x-word'] === undefined) reply.header('cache-control', 'max-age=60').send('who are you?') } }, async () => 'secret')
  const reply = await app.inject('/r')
  t.equal(reply.body, 'who are you?')
  t.notOk('cache-status' in reply.headers)
  t.match(await app.inject({ url: '/r', headers: { 'x-word': 'friend' } }), { body: 'secret' })
  t.equal((await app.inject('/r')).body, 'who are you?')
})
