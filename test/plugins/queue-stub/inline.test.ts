import { AsyncLocalStorage } from 'node:async_hooks'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import type { QueueStubOptions, RunningJob } from '../../../plugins/queue-stub/index.ts'
import { gate, idle, startQueue, until, type Gate } from './start-queue.ts'

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
  const gates = new Map<unknown, Gate>()
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
  await idle()
  t.same(started, ['a', 'c', 'd'], 'b waits for its name, e for room')
  t.match(queue.stats(), { running: 3, waiting: 2 })
  gates.get('c')?.open()
  await idle()
  t.same(started, ['a', 'c', 'd', 'e'])
  gates.get('a')?.open()
  await idle()
  t.same(started, ['a', 'c', 'd', 'e', 'b'])
  for (const { open } of gates.values()) open()
  await idle()
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
  await idle()
  t.match(await queue.add('exports', 3, { jobId: '3' }), { accepted: true, deduplicated: false })
})

test('the same id is one job while it waits or runs, and a new one after that', async t => {
  const { queue } = await startQueue(t, inline())
  let mine = gate()
  const ran: unknown[] = []
  queue.process('exports', async ({ data }) => { ran.push(data); await mine.promise })
  await queue.add('exports', 1, { jobId: 'id' })
  t.match(await queue.add('exports', 2, { jobId: 'id' }), { deduplicated: true }, 'it waits')
  await idle()
  t.match(await queue.add('exports', 3, { jobId: 'id' }), { deduplicated: true }, 'it runs')
  mine.open()
  await idle()
  mine = gate()
  t.match(await queue.add('exports', 4, { jobId: 'id' }), { deduplicated: false })
  await idle()
  mine.open()
  t.same(ran, [1, 4])
  t.match(queue.stats(), { accepted: 4, deduplicated: 2 })
})

test('names with jobs ready take turns, and those of one name keep their order', async t => {
  const { queue } = await startQueue(t, inline({ concurrency: 1 }))
  const ran: unknown[] = []
  for (const name of ['bulk', 'mail']) queue.process(name, ({ data }) => { ran.push(data) })
  for (const data of [1, 2, 3, 4]) await queue.add('bulk', data)
  for (const data of ['a', 'b']) await queue.add('mail', data)
  await until(() => queue.stats().completed === 6)
  t.same(ran, [1, 'a', 2, 'b', 3, 4])
})

test('a backlog of jobs that wait for nothing leaves the event loop its turns', async t => {
  const { queue } = await startQueue(t, inline({ concurrency: 4 }))
  let turns = 0
  const turnsAt: number[] = []
  queue.process('exports', () => { turnsAt.push(turns) }, { concurrency: 4 })
  for (let n = 0; n < 10; n++) await queue.add('exports', n)
  for (; turnsAt.length < 10; turns++) await nextTurn()
  t.equal(new Set(turnsAt).size, 10, 'one job a turn')
})

test('jobs that wait for a reply take no room of those that wait for their turn, nor much of other requests\'', async t => {
  const { app, queue } = await startQueue(t, inline({ maxWaiting: 2 }))
  queue.process('exports', () => {})
  const end = gate()
  let held = 0
  app.get('/:jobs', async request => {
    const results = []
    for (let n = 0; n < Number((request.params as { jobs: string }).jobs); n++) results.push((await queue.add('exports', n)).accepted)
    held++
    await end.promise
    return results
  })
  await app.ready()
  const replies: Array<Promise<{ json: () => unknown }>> = []
  for (const jobs of [3, 2, 2, 2, 1]) {
    replies.push(app.inject(`/${jobs}`))
    await until(() => held === replies.length)
  }
  t.match(queue.stats(), { waiting: 8, running: 0 })
  t.match(await queue.add('exports', 'of no request'), { accepted: true })
  end.open()
  t.same((await Promise.all(replies)).map(reply => reply.json()), [[true, true, false], [true, true], [true, true], [true, true], [false]])
  await until(() => queue.stats().completed === 9)
})

test('a job of a name without handler is refused, and nothing says that no job would run', async t => {
  const { queue, lines } = await startQueue(t, inline())
  queue.process('exports', () => {})
  t.match(queue, { enabled: false, disabledReason: 'DISABLE_BACKGROUND_JOBS is not set; only jobs that have a handler run, in this process' })
  await t.rejects(queue.addOrThrow('mails', {}), { code: 'FST_QUEUE_DISABLED', message: /nothing in this process runs this one/ })
  t.match(lines(40), [{ job: 'mails', msg: /nothing in this process runs this one/ }])
})
