import Fastify from 'fastify'
import { test } from 'tap'
import type { AddResult, Queue } from '../../plugins/queue-stub/index.ts'
import jobs from '../../routes/jobs/index.ts'
import { startApp } from '../app.ts'

const post = (kind: string, payload: unknown, headers = {}) => ({ method: 'POST', url: `/jobs/${kind}`, payload: payload as object, headers }) as const

test('a job that nothing takes is a problem with a reason, the id, and what to do; the rest of the app goes on', async t => {
  const { app, log } = await startApp(t)
  t.match(log.lines.filter(({ plugin }) => plugin === 'queue-stub'), [{ level: 30, msg: /^queue disabled: DISABLE_BACKGROUND_JOBS is not set/ }])
  for (const kind of ['reminders', 'scheduled-reports', 'exports']) {
    const reply = await app.inject(post(kind, { secret: 's3cr3t' }))
    t.equal(reply.statusCode, 503, kind)
    t.match(reply.headers, { 'content-type': 'application/problem+json', 'retry-after': '3600' })
    t.match(reply.json(), {
      type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'FST_QUEUE_DISABLED', detail: /disabled/, reason: 'disabled', jobId: /^[0-9a-f-]{36}$/, retry: 'later'
    })
  }
  t.equal((await app.inject('/health')).statusCode, 200)
  t.same(app.queue.stats().rejected, { reminders: 1, 'scheduled-reports': 1, exports: 1 })
  t.notMatch(JSON.stringify(log.lines), 's3cr3t')
})

test('with DISABLE_BACKGROUND_JOBS false and no driver the app starts, warns once, and answers the same', async t => {
  const { app, log } = await startApp(t, { DISABLE_BACKGROUND_JOBS: 'false' })
  t.match(log.lines.filter(({ level }) => level === 40), [{ plugin: 'queue-stub', msg: /register a plugin that has one/ }])
  t.match((await app.inject(post('exports', {}))).json(), { reason: 'disabled' })
})

test('the Idempotency-Key is the id of the job', async t => {
  const { app } = await startApp(t)
  t.equal((await app.inject(post('exports', {}, { 'idempotency-key': 'mine' }))).json().jobId, 'mine')
  for (const key of ['', 'two words', 'x'.repeat(257)]) {
    const reply = await app.inject(post('exports', {}, { 'idempotency-key': key }))
    t.match(reply.json(), { status: 400, code: 'FST_ERR_VALIDATION' }, `"${key}"`)
  }
  // The longest of all that the header may be is no mistake to the queue either.
  t.equal((await app.inject(post('exports', {}, { 'idempotency-key': '!~'.repeat(128) }))).statusCode, 503)
})

test('another kind, another type of body, and a body that is no object are the client\'s mistake', async t => {
  const { app } = await startApp(t)
  t.match((await app.inject(post('mails', {}))).json(), { type: 'about:blank', status: 404, code: 'FST_ERR_NOT_FOUND' })
  t.match((await app.inject(post('exports', 'text', { 'content-type': 'text/plain' }))).json(), { type: 'about:blank', status: 415 })
  for (const body of [[1], '"text"', '5', 'null']) {
    const reply = await app.inject(post('exports', body, { 'content-type': 'application/json' }))
    t.equal(reply.statusCode, 400, JSON.stringify(body))
  }
  t.same(app.queue.stats().rejected, {})
})

test('data that a job cannot carry is the client\'s mistake as well, and told as a problem', async t => {
  const { app, log } = await startApp(t)
  for (const body of [`{"a":${'['.repeat(8000)}${']'.repeat(8000)}}`, '{"a":1e999}']) {
    const reply = await app.inject(post('exports', body, { 'content-type': 'application/json' }))
    t.equal(reply.headers['content-type'], 'application/problem+json')
    t.match(reply.json(), { status: 422, code: 'FST_QUEUE_INVALID_DATA', detail: /^job data must be what JSON holds/, reason: 'invalid_data', retry: 'never' })
  }
  t.equal((await app.inject(post('exports', '{"a":-0}', { 'content-type': 'application/json' }))).statusCode, 503, '-0 is 0')
  t.same(log.lines.filter(({ level }) => level >= 50), [])
})

test('what the queue throws else is a failure of the app', async t => {
  const app = Fastify()
  t.after(() => app.close())
  app.decorate('queue', { add: async () => { throw new Error('no') } } as unknown as Queue)
  await app.register(jobs)
  t.equal((await app.inject({ method: 'POST', url: '/exports', payload: {} })).statusCode, 500)
})

test('data beyond 256 KB is refused as too large', async t => {
  const { app } = await startApp(t)
  const reply = await app.inject(post('exports', { rows: 'x'.repeat(256 * 1024) }))
  t.match(reply.json(), { status: 413, reason: 'too_large', code: 'FST_QUEUE_TOO_LARGE', retry: 'never' })
  t.notOk(reply.headers['retry-after'])
})

test('every answer of a queue has its status', async t => {
  let result: AddResult
  const calls: unknown[] = []
  const app = Fastify()
  t.after(() => app.close())
  app.decorate('queue', { add: async (...call: unknown[]) => { calls.push(call); return result } } as unknown as Queue)
  await app.register(jobs)
  const ask = async (answer: AddResult) => {
    result = answer
    const reply = await app.inject({ method: 'POST', url: '/exports', payload: { a: { b: 1 } }, headers: { 'idempotency-key': 'id' } })
    return [reply.statusCode, reply.headers['retry-after'], reply.json()]
  }
  const jobId = 'id'
  for (const accepted of [{ accepted: true, jobId, driver: 'inline', deduplicated: true }, { accepted: true, jobId, driver: 'x', deduplicated: false, runAt: 5 }] as const) {
    t.same(await ask(accepted), [202, undefined, accepted])
    t.same(calls.splice(0), [['exports', { a: { b: 1 } }, { jobId }]])
  }
  t.match(await ask({ accepted: 'unknown', jobId }), [503, '5', { reason: 'unknown', jobId, retry: 'soon', detail: /send it again after Retry-After/ }])
  t.match(await ask({ accepted: false, jobId, reason: 'unavailable', retryable: true }), [503, '5', { reason: 'unavailable', retry: 'soon' }])
  t.match(await ask({ accepted: false, jobId, reason: 'unsupported_option', retryable: false }), [422, undefined, { reason: 'unsupported_option', retry: 'never' }])
})
