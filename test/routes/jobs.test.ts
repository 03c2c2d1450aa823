import Fastify from 'fastify'
import { test } from 'tap'
import type { AddResult, Queue } from '../../plugins/queue-stub/index.ts'
import jobs from '../../routes/jobs/index.ts'
import { startApp } from '../app.ts'

const post = (kind: string, payload: unknown, headers = {}) => ({ method: 'POST', url: `/jobs/${kind}`, payload: payload as object, headers }) as const

test('a job that nothing takes is a problem with a time to come again, a reason and the id; the rest of the app goes on', async t => {
  const { app, log } = await startApp(t)
  t.match(log.lines.filter(({ plugin }) => plugin === 'queue-stub'), [{ level: 30, msg: /^queue disabled: DISABLE_BACKGROUND_JOBS is not set/ }])
  for (const kind of ['reminders', 'scheduled-reports', 'exports']) {
    const reply = await app.inject(post(kind, { secret: 's3cr3t' }))
    t.equal(reply.statusCode, 503, kind)
    t.match(reply.headers, { 'content-type': 'application/problem+json', 'retry-after': '3600' })
    t.match(reply.json(), {
      type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'FST_QUEUE_DISABLED', detail: /disabled/, reason: 'disabled', jobId: /^[0-9a-f-]{36}$/, retryable: false
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

test('another kind, and a body that is no object, are the client\'s mistake', async t => {
  const { app } = await startApp(t)
  t.equal((await app.inject(post('mails', {}))).statusCode, 400)
  for (const body of [[1], '"text"', '5', 'null']) {
    const reply = await app.inject(post('exports', body, { 'content-type': 'application/json' }))
    t.equal(reply.statusCode, 400, JSON.stringify(body))
  }
  t.same(app.queue.stats().rejected, {})
})

test('data beyond 256 KB is refused as too large', async t => {
  const { app } = await startApp(t)
  const reply = await app.inject(post('exports', { rows: 'x'.repeat(256 * 1024) }))
  t.match(reply.json(), { status: 413, reason: 'too_large', code: 'FST_QUEUE_TOO_LARGE', retryable: false })
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
  t.same(await ask({ accepted: true, jobId, driver: 'inline', deduplicated: true }), [202, undefined, { jobId, driver: 'inline', deduplicated: true }])
  t.same(calls, [['exports', { a: { b: 1 } }, { jobId }]])
  t.match(await ask({ accepted: 'unknown', jobId }), [503, '5', { reason: 'unknown', jobId, retryable: true }])
  t.match(await ask({ accepted: false, jobId, reason: 'unavailable', retryable: true }), [503, '5', { reason: 'unavailable', retryable: true }])
  t.match(await ask({ accepted: false, jobId, reason: 'unsupported_option', retryable: false }), [422, undefined, { reason: 'unsupported_option' }])
})
