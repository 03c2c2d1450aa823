import { test } from 'tap'
import upstashEnv from '../../../plugins/env/index.ts'
import queueStub, { JobTooLargeError, QueueDisabledError, UnsupportedOptionError, type QueueStubOptions } from '../../../plugins/queue-stub/index.ts'
import { loggedServer } from '../../client.ts'
import { startQueue } from './start-queue.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('one line at start says that the queue is disabled, and why', async t => {
  for (const [options, env, level, text] of [
    [{}, {}, 30, 'DISABLE_BACKGROUND_JOBS is not set'],
    [{}, { DISABLE_BACKGROUND_JOBS: 'yes' }, 30, 'DISABLE_BACKGROUND_JOBS is true'],
    [{}, { DISABLE_BACKGROUND_JOBS: 'maybe' }, 40, 'DISABLE_BACKGROUND_JOBS is none of true, 1, yes, on, false, 0, no, off'],
    [{}, { DISABLE_BACKGROUND_JOBS: 'no' }, 40, 'DISABLE_BACKGROUND_JOBS is false, but queue-stub has no driver: register a plugin that has one in its place'],
    [{ disabled: false }, { DISABLE_BACKGROUND_JOBS: 'yes' }, 40, 'the option disabled is false, but queue-stub has no driver: register a plugin that has one in its place'],
    [{ disabled: true }, { DISABLE_BACKGROUND_JOBS: 'maybe' }, 30, 'the option disabled is true']
  ] as const) {
    const { app, log, queue } = await startQueue(t, options, env)
    await app.ready()
    t.match(log.lines, [{ plugin: 'queue-stub', level, msg: `queue disabled: ${text}; jobs are refused` }])
    t.equal(log.lines.length, 1, text)
    t.match(queue, { enabled: false, driver: 'none', disabledReason: text })
  }
  const { app, log } = await startQueue(t, {}, { DISABLE_BACKGROUND_JOBS: 'AXlkASQgsecret-token' })
  t.match(log.lines, [{ found: 'AXlkASQgsecret-t…' }])
  t.notMatch(app.queue.disabledReason, 'AXlk', 'whoever may read /status')
  const { lines } = await startQueue(t, { fallback: 'inline' })
  t.match(lines(30), [{ msg: 'queue disabled: DISABLE_BACKGROUND_JOBS is not set; jobs that have a handler run in this process, and are lost with it' }])
})

test('a refused job has an id to send it again with, is counted, and warned of once a name and reason', async t => {
  const { queue, lines } = await startQueue(t)
  const result = await queue.add('exports', { secret: 's3cr3t' })
  t.match(result, { accepted: false, reason: 'disabled', retryable: false, jobId: UUID })
  t.same(await queue.add('exports', {}, { jobId: 'mine', delay: 5, attempts: 3 }), { accepted: false, reason: 'disabled', retryable: false, jobId: 'mine' })
  await queue.add('reminders', {})
  await queue.add('exports', {}, { prio: 1 } as object)
  t.same(lines(40).map(({ job, reason }) => [job, reason]), [['exports', 'disabled'], ['reminders', 'disabled'], ['exports', 'unsupported_option']])
  t.notMatch(JSON.stringify(lines(40)), 's3cr3t')
  t.same(queue.stats(), {
    accepted: 0,
    deduplicated: 0,
    rejected: { exports: 3, reminders: 1 },
    reasons: { disabled: 3, unsupported_option: 1, too_large: 0, unavailable: 0 },
    completed: 0,
    failed: 0,
    waiting: 0,
    running: 0
  })
})

test('made-up names fill neither the counts nor the log', async t => {
  const { queue, lines } = await startQueue(t)
  for (let n = 0; n < 150; n++) await queue.add(`name-${n}`, {})
  await queue.add('name-0', {})
  const { rejected } = queue.stats()
  t.equal(Object.keys(rejected).length, 101)
  t.match(rejected, { 'name-0': 2, 'name-99': 1, '*': 50 })
  t.equal(lines(40).length, 101)
})

test('a handler is registered, and told that it will get nothing', async t => {
  const { queue } = await startQueue(t)
  t.same(queue.process('exports', () => t.fail('it has run')), { active: false })
  t.match(await queue.add('exports', {}), { accepted: false })
})

test('addOrThrow throws a class for each reason, with status and id, and without data', async t => {
  const { queue } = await startQueue(t)
  const thrown = async (...job: Parameters<typeof queue.addOrThrow>) => await queue.addOrThrow(...job).catch((error: Error) => error)
  const disabled = await thrown('exports', 's3cr3t', { jobId: 'mine' })
  t.type(disabled, QueueDisabledError)
  t.match(disabled, { statusCode: 503, jobId: 'mine', message: /^job exports: not accepted, background jobs are disabled/ })
  t.notMatch(String(disabled), 's3cr3t')
  t.type(await thrown('exports', 'x'.repeat(256 * 1024)), JobTooLargeError)
  t.type(await thrown('exports', {}, { prio: 1 } as object), UnsupportedOptionError)
})

test('mistakes are told by kind, and never by what the data holds', async t => {
  const { queue } = await startQueue(t)
  const message = async (data: unknown) => await queue.add('exports', data as object).then(() => 'taken', (error: Error) => error.message)
  const cycle: Record<string, unknown> = { secret: 's3cr3t' }
  cycle['secret-key'] = cycle
  t.match(await message(cycle), /but there is a cycle/)
  t.notMatch(await message(cycle), 'secret')
  t.match(await message({ at: new Date(0) }), /a method toJSON, such as Date/)
  t.match(await message({ s3cr3t: new Map() }), /an instance of a class, such as Map/)
  t.match(await message({ n: NaN }), /NaN or an infinite number/)
  t.match(await message([undefined]), /undefined/)
  await t.rejects(queue.add('exports', {}, { delay: -1 }), { message: 'the job option delay must be a whole number of milliseconds, 0 or more' })
})

test('what JSON holds exactly is no mistake', async t => {
  const { queue } = await startQueue(t)
  for (const data of [null, 0, '', false, [], [[null]], { a: undefined }, { '': undefined }, Object.create(null), { toJSON: 1 }]) {
    t.match(await queue.add('exports', data), { reason: 'disabled' })
  }
})

test('options that cannot be fail the boot and are named', async t => {
  for (const [options, message] of [
    [{ onRejected: 'log' }, 'queue-stub: option onRejected must be a function'],
    [{ onRejeced: () => {} }, 'queue-stub: unknown option onRejeced'],
    [{ fallback: 'redis' }, /^queue-stub: option fallback must be equal to one of the allowed values/],
    [{ disabled: 'true' }, 'queue-stub: option disabled must be boolean'],
    [{ concurrency: 0, maxWaiting: 10_001, drainTimeout: 2 ** 31 }, /option concurrency must be >= 1; .*maxWaiting must be <= 10000; option drainTimeout must be <= 2147483647/]
  ] as const) {
    await t.rejects(startQueue(t, options as QueueStubOptions), { code: 'FST_UPSTASH_INVALID_OPTION', message })
  }
})

test('fastify.queue is made once, and needs upstash-env', async t => {
  const { app } = await startQueue(t)
  await t.rejects(async () => await app.register(queueStub), { code: 'FST_UPSTASH_DECORATOR_TAKEN', message: /register one of them/ })
  const { app: theirs } = loggedServer(t)
  theirs.decorate('queue', {} as never)
  await theirs.register(upstashEnv, { env: {} })
  await t.rejects(async () => await theirs.register(queueStub), { code: 'FST_UPSTASH_DECORATOR_TAKEN' })
  const { app: without } = loggedServer(t)
  await t.rejects(async () => await without.register(queueStub), { message: /upstash-env/ })
})
