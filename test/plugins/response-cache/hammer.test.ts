import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import tap, { test } from 'tap'
import { startLocal } from '../../local.ts'
import { startResponseCacheOn, statusOf } from '../../response-cache.ts'
import { TestClock } from '../../test-clock.ts'

// Three processes and 10,000 requests are much for a busy machine.
tap.setTimeout(240_000)

const REQUESTS = 10_000
const AT_ONCE = 50

/** A request, and who sends it. */
interface Sent {
  readonly process: number
  readonly url: string
  readonly user: 'ada' | 'ben' | undefined
  readonly workspace: 'one' | 'two' | undefined
  readonly by: 'authorization' | 'cookie'
  readonly accept: string | undefined
  readonly language: string | undefined
  readonly encoding: string | undefined
  readonly host: string
  readonly control: string | undefined
  readonly change: boolean
}

const maybe = <T>(...values: T[]) => fc.constantFrom(undefined, ...values)

const sent: fc.Arbitrary<Sent> = fc.record({
  process: fc.nat(2),
  url: fc.constantFrom('/own', '/own?page=2', '/workspace', '/public', '/varying', '/mixed', '/cookie', '/declared'),
  user: maybe('ada' as const, 'ben' as const),
  workspace: maybe('one' as const, 'two' as const),
  by: fc.constantFrom('authorization' as const, 'cookie' as const),
  accept: maybe('text/plain', 'application/json'),
  language: maybe('de', 'en'),
  encoding: maybe('gzip', 'br'),
  host: fc.constantFrom('a.example', 'b.example'),
  control: fc.constantFrom(undefined, undefined, undefined, 'no-cache', 'max-age=0', 'max-stale', 'no-store', 'only-if-cached'),
  change: fc.nat(40).map(number => number === 0)
})

interface Identity { user: string | undefined, workspace: string | undefined }

/** As an app's guard would find it, from one of two places. */
function identify ({ headers }: FastifyRequest): Identity {
  const claims = headers.authorization?.replace('Bearer ', '') ?? headers.cookie?.replace('session=', '')
  const [user, workspace] = claims === undefined ? [] : claims.split('@')
  return { user: user || undefined, workspace: workspace || undefined }
}

/** Everything that a reply of a route is made of: the test works it out anew for each request. */
function made (request: { url: string, host: string, headers: Record<string, unknown> }, { user, workspace }: Identity): string {
  const { accept, 'accept-language': language, 'accept-encoding': encoding } = request.headers
  const [path] = request.url.split('?')
  const parts: Record<string, unknown[]> = {
    '/own': [user, workspace, language],
    '/workspace': [workspace, accept],
    '/public': [],
    '/varying': [accept, language, encoding],
    '/mixed': user === undefined ? [] : [user, workspace],
    '/cookie': [user, workspace],
    '/declared': []
  }
  return JSON.stringify([request.url, request.host, ...(parts[String(path)] ?? []).map(part => part ?? null)])
}

function routes (app: FastifyInstance): void {
  const answer = (fields: Record<string, string>) => async (request: FastifyRequest, reply: FastifyReply) => {
    const body = made(request, identify(request))
    await setImmediate()
    return reply.headers({ etag: `"${createHash('sha1').update(body).digest('hex')}"`, ...fields }).send(body)
  }
  const grace = { ttl: 5, staleWhileRevalidate: 5, staleIfError: 10 }
  app.get('/own', { config: { cache: { ...grace, vary: ['accept-language'], user: request => { const { user, workspace } = identify(request); return user === undefined ? undefined : `${user}@${workspace ?? ''}` } } } }, answer({}))
  app.get('/workspace', { config: { cache: { ...grace, user: request => identify(request).workspace } } }, answer({ vary: 'accept' }))
  app.get('/public', { config: { cache: { ...grace, cookies: 'ignored' } } }, answer({ 'cache-control': 'public, max-age=3' }))
  app.get('/varying', { config: { cache: { ...grace, cookies: 'ignored' } } }, answer({ vary: 'Accept, Accept-Language, Accept-Encoding', 'cache-control': 's-maxage=4' }))
  // No user in its key, and who asks makes a difference: only what the plugin refuses keeps them apart.
  app.get('/mixed', { config: { cache: grace } }, answer({}))
  app.get('/cookie', { config: { cache: { ...grace, cookies: 'ignored' } } }, answer({ vary: 'Cookie, Authorization', 'cache-control': 'public, max-age=5' }))
  app.get('/declared', { config: { cache: true } }, answer({ 'cache-control': 'must-revalidate, max-age=4' }))
  app.post('/*', async () => 'changed')
}

test(`${REQUESTS} requests of two users, two workspaces and nobody at three processes: each gets only replies made for it`, async t => {
  const local = await startLocal(t)
  const clock = new TestClock()
  const apps = await Promise.all([{}, { staleness: 1 }, { memory: false } as const].map(async responses => {
    const app = await startResponseCacheOn(t, local, clock, { responses })
    routes(app)
    return app
  }))
  const seen = new Map<string, number>()
  let wrong = 0
  const send = async ({ process, url, user, workspace, by, accept, language, encoding, host, control, change }: Sent) => {
    const app = apps[process] as FastifyInstance
    const claims = user === undefined && workspace === undefined ? undefined : `${user ?? ''}@${workspace ?? ''}`
    const headers: Record<string, string> = {
      host,
      ...(claims === undefined ? {} : by === 'authorization' ? { authorization: `Bearer ${claims}` } : { cookie: `session=${claims}` }),
      ...(accept === undefined ? {} : { accept }),
      ...(language === undefined ? {} : { 'accept-language': language }),
      ...(encoding === undefined ? {} : { 'accept-encoding': encoding }),
      ...(control === undefined ? {} : { 'cache-control': control })
    }
    if (change) await app.inject({ method: 'POST', url, headers })
    const reply = await app.inject({ url, headers })
    const how = statusOf(reply).replace(/; ttl.*/, '')
    seen.set(how, (seen.get(how) ?? 0) + 1)
    if (reply.statusCode === 504 && control === 'only-if-cached') return
    const expected = made({ url, host, headers }, { user, workspace })
    if (reply.statusCode === 200 && reply.body === expected) return
    wrong++
    t.equal(reply.body, expected, `${statusOf(reply)} for ${JSON.stringify({ url, headers })}`)
  }
  let count = 0
  await fc.assert(fc.asyncProperty(fc.array(sent, { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' }), fc.nat(4_000), async (requests, passes) => {
    await Promise.all(requests.map(send))
    clock.advance(passes)
    count += requests.length
    if (wrong > 0) throw new Error('a reply was made for another')
  }), { numRuns: REQUESTS / AT_ONCE, endOnFailure: true })
  t.equal(count, REQUESTS)
  t.comment(Object.fromEntries(seen))
  for (const how of ['hit', 'fwd=uri-miss', 'fwd=vary-miss', 'fwd=bypass', 'fwd=stale', 'fwd=request']) t.ok((seen.get(how) ?? 0) > 50, `${how}: ${seen.get(how)}`)
  const total = apps.map(app => app.responseCache.stats())
  t.ok(total.every(({ hits, stored }) => hits > 100 && stored > 100))
  t.ok(total.some(({ collapsed }) => collapsed > 0))
})
