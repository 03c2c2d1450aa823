import { AsyncLocalStorage } from 'node:async_hooks'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import type { QueueStubOptions, RejectedJob, RunningJob } from '../../../plugins/queue-stub/index.ts'
import { startQueue } from './start-queue.ts'

/** A promise that the test keeps. */
function gate (): { promise: Promise<void>, open: () => void } {
  let open = () => {}
  const promise = new Promise<void>(resolve => { open = resolve })
  return { promise, open }
}

const inline = (options: QueueStubOptions = {}): QueueStubOptions => ({ fallback: 'inline', ...options })

test('a job with a handler is accepted as inline and runs, with a copy of its data; one without is refused', async t => {
  const { queue } = await startQueue(t, inline())
  const ran = gate()
  const jobs: RunningJob[] = []
  t.same(queue.process('exports', job => { jobs.push(job); ran.open() }), { active: true })
  const data = { rows: [1] }
  t.same(await queue.add('exports', data, { jobId: 'mine' }), { accepted: true, jobId: 'mine', driver: 'inline', deduplicated: false })
  t.same(jobs, [], 'not in the turn of its caller')
  data.rows.push(2)
  await ran.promise
  t.same(jobs, [{ name: 'exports', jobId: 'mine', data: { rows: [1] } }])
  t.match(await queue.add('reminders', {}), { accepted: false, reason: 'disabled', retryable: false })
})

test('a job runs after the reply of the request that added it, also where the body was read and contexts were lost', async t => {
  const { app, queue } = await startQueue(t, inline())
  const events: string[] = []
  let ran = gate()
  // A hook that goes on in the context of somebody else, as a pool of connections can make it.
  const outside = AsyncLocalStorage.bind((done: () => void) => done())
  app.addHook('onRequest', (_request, _reply, done) => outside(done))
  app.addHook('onResponse', async () => { events.push('replied') })
  queue.process('exports', () => { events.push('ran'); ran.open() })
  app.post('/', async (_request, reply) => {
    reply.raw.once('finish', () => events.push('sent'))
    await queue.add('exports', {})
    for (let turn = 0; turn < 3; turn++) await nextTurn()
    return {}
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' } as const
  for (const ask of [() => app.inject({ url: '/', ...post }), () => fetch(`http://127.0.0.1:${port}/`, post).then(reply => reply.text())]) {
    events.length = 0
    ran = gate()
    await Promise.all([ask(), ran.promise])
    t.same(events.filter(event => event !== 'replied'), ['sent', 'ran'])
    t.ok(events.indexOf('ran') > events.indexOf('sent'))
  }
})

test('a job of a request whose client went away runs as well', async t => {
  const { app, queue } = await startQueue(t, inline())
  const ran = gate()
  const added = gate()
  queue.process('exports', () => ran.open())
  app.get('/', async () => {
    await queue.add('exports', {})
    added.open()
    return await new Promise(() => {})
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = request({ port: (app.server.address() as AddressInfo).port, host: '127.0.0.1' }).on('error', () => {}).end()
  await added.promise
  t.match(queue.stats(), { waiting: 1, running: 0 })
  client.destroy()
  await ran.promise
  t.pass('it ran')
})

test('what a request adds when it is over runs at once', async t => {
  const { app, queue } = await startQueue(t, inline())
  const ran = gate()
  queue.process('exports', () => ran.open())
  app.get('/', async (_request, reply) => {
    reply.raw.once('close', () => setImmediate(() => queue.add('exports', {})))
    return {}
  })
  await app.inject('/')
  await ran.promise
  t.equal(queue.stats().accepted, 1)
})

test('handlers run in the context of their registration, not in that of a request', async t => {
  const { app, queue } = await startQueue(t, inline())
  const user = new AsyncLocalStorage<string>()
  const ran = gate()
  let seen: string | undefined = 'nothing'
  queue.process('exports', () => { seen = user.getStore(); ran.open() })
  app.get('/', async () => await user.run('somebody', () => queue.add('exports', {})))
  app.addHook('onRequest', (_request, _reply, done) => user.run('somebody', done))
  await app.inject('/')
  await ran.promise
  t.equal(seen, undefined)
})

test('no more jobs run at once than allowed, of one name and of all', async t => {
  const { queue } = await startQueue(t, inline({ concurrency: 3 }))
  const gates = new Map<unknown, ReturnType<typeof gate>>()
  const started: unknown[] = []
  const handler = async ({ data }: RunningJob) => {
    const mine = gate()
    gates.set(data, mine)
    started.push(data)
    await mine.promise
  }
  queue.process('one', handler)
  queue.process('two', handler, { concurrency: 3 })
  for (const [name, data] of [['one', 'a'], ['one', 'b'], ['two', 'c'], ['two', 'd'], ['two', 'e']] as const) await queue.add(name, data)
  await nextTurn()
  t.same(started, ['a', 'c', 'd'], 'b waits for its name, e for room')
  t.match(queue.stats(), { running: 3, waiting: 2 })
  gates.get('c')?.open()
  await nextTurn()
  t.same(started, ['a', 'c', 'd', 'e'])
  gates.get('a')?.open()
  await nextTurn()
  t.same(started, ['a', 'c', 'd', 'e', 'b'])
  for (const { open } of gates.values()) open()
  await nextTurn()
  t.match(queue.stats(), { accepted: 5, completed: 5, running: 0, waiting: 0 })
})

test('beyond maxWaiting jobs are unavailable, and can be sent again', async t => {
  const { queue } = await startQueue(t, inline({ maxWaiting: 2 }))
  const ran = gate()
  queue.process('exports', () => ran.open())
  t.match(await queue.addBulk([1, 2, 3].map(data => ({ name: 'exports', data, options: { jobId: `${data}` } }))), [
    { accepted: true }, { accepted: true }, { accepted: false, jobId: '3', reason: 'unavailable', retryable: true }
  ])
  t.match(await queue.add('exports', 1, { jobId: '1' }), { accepted: true, deduplicated: true }, 'a job that is there needs no room')
  await t.rejects(queue.addOrThrow('exports', {}, { jobId: '4' }), { code: 'FST_QUEUE_UNAVAILABLE', statusCode: 503, jobId: '4' })
  await ran.promise
  await nextTurn()
  t.match(await queue.add('exports', 3, { jobId: '3' }), { accepted: true, deduplicated: false })
})

test('the same id is one job while it waits or runs, and a new one after that', async t => {
  const { queue } = await startQueue(t, inline())
  let mine = gate()
  const ran: unknown[] = []
  queue.process('exports', async ({ data }) => { ran.push(data); await mine.promise })
  await queue.add('exports', 1, { jobId: 'id' })
  t.match(await queue.add('exports', 2, { jobId: 'id' }), { deduplicated: true }, 'it waits')
  await nextTurn()
  t.match(await queue.add('exports', 3, { jobId: 'id' }), { deduplicated: true }, 'it runs')
  mine.open()
  await nextTurn()
  mine = gate()
  t.match(await queue.add('exports', 4, { jobId: 'id' }), { deduplicated: false })
  await nextTurn()
  mine.open()
  t.same(ran, [1, 4])
  t.match(queue.stats(), { accepted: 4, deduplicated: 2 })
})

test('what a handler throws is counted and logged by its code or name, and the next job runs', async t => {
  const { queue, lines, log } = await startQueue(t, inline())
  const ran = gate()
  queue.process('exports', async ({ data }) => {
    if (data === 1) throw Object.assign(new Error('s3cr3t'), { code: 'EPIPE' })
    ran.open()
  })
  queue.process('reports', () => { throw new RangeError('s3cr3t') })
  await queue.add('exports', 1, { jobId: 'first' })
  await queue.add('reports', 1, { jobId: 'second' })
  await queue.add('exports', 2)
  await ran.promise
  await nextTurn()
  t.match(lines(50), [
    { job: 'exports', jobId: 'first', error: 'EPIPE', msg: 'an inline job failed; it is not tried again' },
    { job: 'reports', jobId: 'second', error: 'RangeError' }
  ])
  t.match(queue.stats(), { failed: 2, completed: 1 })
  t.notMatch(JSON.stringify(log.lines), 's3cr3t')
})

test('closing runs what waits, before plugins close what handlers use, and takes nothing new', async t => {
  const events: unknown[] = []
  const { app, queue } = await startQueue(t, inline({ concurrency: 1, drainTimeout: 60_000, onRejected: ({ name, reason }) => { events.push(`${name} ${reason}`) } }))
  // Registered after the queue, so it is closed before it.
  app.addHook('onClose', async () => { events.push('database closed') })
  queue.process('exports', async ({ data }) => {
    await nextTurn()
    events.push(data)
    if (data === 2) t.match(await queue.add('late', {}), { accepted: false, reason: 'unavailable', retryable: true })
  })
  queue.process('late', () => t.fail('it has run'))
  const added = gate()
  const replied = gate()
  app.get('/', async () => {
    await queue.add('exports', 1)
    added.open()
    await replied.promise
    return {}
  })
  await app.ready()
  const reply = app.inject('/')
  await added.promise
  await queue.add('exports', 2)
  await app.close()
  t.same(events, [1, 2, 'late unavailable', 'database closed'])
  t.match(await queue.add('exports', 3), { accepted: false, reason: 'unavailable', retryable: true })
  replied.open()
  await reply
})

test('what is not done when drainTimeout is over goes to onRejected and into one warning', async t => {
  const rejected: RejectedJob[] = []
  const { app, queue, lines } = await startQueue(t, inline({ concurrency: 1, drainTimeout: 1, onRejected: job => { rejected.push(job) } }))
  const mine = gate()
  const started: unknown[] = []
  queue.process('exports', async ({ data }) => { started.push(data); await mine.promise })
  queue.process('reports', ({ data }) => { started.push(data) })
  await app.ready()
  for (const [name, data] of [['exports', 1], ['exports', 2], ['exports', 3], ['reports', 4]] as const) await queue.add(name, data, { jobId: `${data}` })
  await nextTurn()
  await app.close()
  t.same(rejected.map(({ name, jobId, data, reason }) => [name, jobId, data, reason]), [
    ['exports', '2', 2, 'unavailable'], ['exports', '3', 3, 'unavailable'], ['reports', '4', 4, 'unavailable'], ['exports', '1', 1, 'interrupted']
  ])
  t.match(lines(40), [{ waiting: { exports: 2, reports: 1 }, running: { exports: 1 } }])
  t.equal(lines(40).length, 1)
  mine.open()
  await nextTurn()
  t.same(started, [1], 'nothing is begun after that')
  t.match(queue.stats(), { waiting: 0, running: 0, completed: 1 })
})

test('closing without jobs waits for nothing and warns of nothing', async t => {
  const { app, queue, lines } = await startQueue(t, inline({ drainTimeout: 60_000 }))
  queue.process('exports', () => {})
  await app.ready()
  await app.close()
  t.same(lines(40), [])
})
