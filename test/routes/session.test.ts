import { test } from 'tap'
import { startApp } from '../app.ts'
import { signIn } from '../sign-in.ts'

const COOKIE_SECRET = 'a secret for these tests, and long enough'
const who = (cookie?: string) => ({ url: '/session', headers: cookie === undefined ? {} : { cookie } })

test('who signs in gets a random id and a cookie that scripts and other sites cannot use', async t => {
  const { app } = await startApp(t, { COOKIE_SECRET })
  const reply = await app.inject({ method: 'POST', url: '/session', payload: { name: 'Zoë 🦊', id: 'mine', userId: 'mine' } })
  t.equal(reply.statusCode, 201)
  t.match(reply.json(), { id: /^[0-9a-f-]{36}$/, name: 'Zoë 🦊' })
  t.match(reply.headers['set-cookie'], /^example-session=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/)
  const [first, second] = [await signIn(app, 'Ann'), await signIn(app, 'Ann')]
  t.not(first.id, second.id, 'another person each time')
  t.same((await app.inject(who(first.cookie))).json(), { id: first.id, name: 'Ann', workspace: 'north' })
})

test('over https, also where it ends at a proxy, the cookie is for https alone', async t => {
  const { app } = await startApp(t, { COOKIE_SECRET })
  const reply = await app.inject({ method: 'POST', url: '/session', payload: { name: 'Ann' }, headers: { 'x-forwarded-proto': 'https' } })
  t.match(reply.headers['set-cookie'], /; Secure/)
})

test('who signs out is nobody', async t => {
  const { app } = await startApp(t, { COOKIE_SECRET })
  const { cookie } = await signIn(app, 'Ann')
  const reply = await app.inject({ method: 'DELETE', url: '/session', headers: { cookie } })
  t.equal(reply.statusCode, 204)
  t.match(reply.headers['set-cookie'], /^example-session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970/)
})

test('an absent, forged, foreign or expired cookie is 401 and says nothing else', async t => {
  const { app } = await startApp(t, { COOKIE_SECRET })
  const { app: other } = await startApp(t, { COOKIE_SECRET: 'another secret for these tests, also long' })
  const { cookie } = await signIn(app, 'Ann')
  const [name = '', value = '', signature = ''] = decodeURIComponent(cookie).split(/[=.](.*)/s).flatMap(part => part.split('.'))
  const signed = (text: string) => `${name}=${encodeURIComponent(app.signCookie(text))}`
  const session = (fields: object) => signed(Buffer.from(JSON.stringify(fields)).toString('base64url'))
  const changed = Buffer.from(JSON.stringify({ id: 'somebody else', name: 'Ann', workspace: 'north', expiresAt: 1e15 })).toString('base64url')
  const cookies = {
    none: undefined,
    empty: `${name}=`,
    unsigned: `${name}=${value}`,
    'another signature': `${name}=${encodeURIComponent(`${value}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`)}`,
    'another value': `${name}=${encodeURIComponent(`${changed}.${signature}`)}`,
    'another secret': (await signIn(other, 'Ann')).cookie,
    'signed, but no JSON': signed('Ann'),
    'signed, but another thing': session({ user: 'Ann' }),
    'of a workspace that is none': session({ id: 'ann', name: 'Ann', workspace: 'moon', expiresAt: Date.now() + 60_000 }),
    expired: session({ id: 'ann', name: 'Ann', workspace: 'north', expiresAt: Date.now() - 1 })
  }
  t.equal((await app.inject(who(session({ id: 'ann', name: 'Ann', workspace: 'north', expiresAt: Date.now() + 60_000 })))).statusCode, 200, 'the same, unexpired')
  for (const [what, cookie] of Object.entries(cookies)) {
    for (const url of ['/session', '/presence/lobby', '/presence?ids=ann', '/presence/lobby/stream']) {
      const reply = await app.inject({ ...who(cookie), url })
      t.equal(reply.headers['content-type'], 'application/problem+json')
      t.same(reply.json(), {
        type: 'about:blank', title: 'Unauthorized', status: 401, detail: 'sign in first, with POST /session', code: 'FST_EXAMPLE_SIGN_IN_REQUIRED'
      }, `${what}: ${url}`)
    }
    for (const url of ['/presence/lobby/status', '/presence/lobby/typing']) {
      t.equal((await app.inject({ ...who(cookie), url, method: 'POST', payload: { status: 'away' } })).statusCode, 401, `${what}: ${url}`)
    }
  }
})

test('another process knows the same people where it has the same secret', async t => {
  const { app } = await startApp(t, { COOKIE_SECRET })
  const { app: other } = await startApp(t, { COOKIE_SECRET })
  const { cookie, id } = await signIn(app, 'Ann')
  t.match((await other.inject(who(cookie))).json(), { id })
})

test('without a secret, or with one too short, there is one of the process, and the log says what that means', async t => {
  const lines = async (env: Record<string, string>) => {
    const { app, log } = await startApp(t, env)
    const { cookie } = await signIn(app, 'Ann')
    t.equal((await app.inject(who(cookie))).statusCode, 200)
    return { cookie, lines: log.lines.filter(({ plugin }) => plugin === 'identity').map(({ level, msg }) => [level, msg]) }
  }
  const unset = await lines({})
  t.match(unset.lines, [[30, /^COOKIE_SECRET is not set: sign-ins do not survive a restart/]])
  t.match((await lines({ COOKIE_SECRET: 'too-short' })).lines, [[50, /^COOKIE_SECRET has fewer than 32 characters and is not used/]])
  t.notMatch(JSON.stringify((await lines({ COOKIE_SECRET: 'too-short' })).lines), 'too-short')
  t.match((await lines({ COOKIE_SECRET: '' })).lines, [[30, /is not set/]])
  t.same((await lines({ COOKIE_SECRET })).lines, [])
  const { app } = await startApp(t)
  t.equal((await app.inject(who(unset.cookie))).statusCode, 401, 'unknown to another process')
})

test('a name is one line of 1 to 40 characters', async t => {
  const { app } = await startApp(t)
  for (const name of ['', ' ', ' Ann', 'Ann ', 'x'.repeat(41), 'a\nb', 'a\u0000b', 'a\u202Eb', '\ud800', null, {}]) {
    const reply = await app.inject({ method: 'POST', url: '/session', payload: { name } })
    t.match(reply.json(), { status: 400, code: 'FST_ERR_VALIDATION' }, JSON.stringify(name))
  }
  for (const name of ['A', '🦊'.repeat(40), '__proto__', '<b>Ann</b>', 'Ann of the Hill', '李雷', '👩‍🚀']) {
    t.equal((await app.inject({ method: 'POST', url: '/session', payload: { name } })).json().name, name)
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const reply = await app.inject({ method: 'POST', url: '/session', payload: '{"name":"Ann"}', headers: { 'content-type': type } })
    t.equal(reply.statusCode, 415, `${type}, as a form of another site could send it`)
  }
})

test('what a page of another origin asks is refused', async t => {
  const { app } = await startApp(t)
  const ask = async (headers: Record<string, string>) => {
    return (await app.inject({ method: 'POST', url: '/session', payload: { name: 'Ann' }, headers: { host: 'app.example:3000', ...headers } })).statusCode
  }
  t.equal(await ask({ 'sec-fetch-site': 'same-origin' }), 201)
  t.equal(await ask({ origin: 'http://app.example:3000' }), 201)
  t.equal(await ask({ origin: 'https://app.example:3000' }), 201)
  t.equal(await ask({}), 201)
  for (const site of ['cross-site', 'same-site', 'anything']) t.equal(await ask({ 'sec-fetch-site': site, origin: 'http://app.example:3000' }), 403, site)
  for (const origin of ['http://app.example:4000', 'https://evil.example', 'null', '']) t.equal(await ask({ origin }), 403, origin)
  const { cookie } = await signIn(app, 'Ann')
  const reply = await app.inject({ url: '/presence/lobby/stream', headers: { cookie, 'sec-fetch-site': 'same-site' } })
  t.match(reply.json(), { status: 403, code: 'FST_EXAMPLE_CROSS_ORIGIN' })
})

test('nobody signs in without end', async t => {
  const { app } = await startApp(t)
  for (let n = 0; n < 20; n++) await signIn(app, 'Ann')
  const reply = await app.inject({ method: 'POST', url: '/session', payload: { name: 'Ann' } })
  t.equal(reply.headers['content-type'], 'application/problem+json')
  t.match(reply.json(), { status: 429, title: 'Too Many Requests', detail: /^Rate limit exceeded/ })
  t.ok(Number(reply.headers['retry-after']) > 0)
  t.equal((await app.inject('/health')).statusCode, 200)
})
