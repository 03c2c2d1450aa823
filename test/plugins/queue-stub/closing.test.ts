import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify from 'fastify'
import { test } from 'tap'
import upstashEnv from '../../../plugins/env/index.ts'
import queueStub, { type QueueStubOptions, type RejectedJob } from '../../../plugins/queue-stub/index.ts'
import { loggedServer } from '../../client.ts'
import { gate, idle, startQueue } from './start-queue.ts'

const inline = (options: QueueStubOptions = {}): QueueStubOptions => ({ fallback: 'inline', ...options })

test('closing runs what waits, before plugins close what handlers use, and takes nothing new', async t => {
  const events: unknown[] = []
  const { app, queue } = await startQueue(t, inline({ concurrency: 1, drainTimeout: 60_000, onRejected: ({ name, reason }) => { events.push(`${name} ${reason}`) } }))
  // Registered after the queue, so it is closed before it.
  app.addHook('onClose', async () => { events.push('database closed') })
  queue.process('exports', async ({ data }) => {
    await nextTurn()
    events.push(data)
    if (data === 1) t.match(await queue.add('late', {}), { accepted: false, reason: 'unavailable', retryable: true })
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
  t.same(events, [2, 1, 'late unavailable', 'database closed'])
  t.match(await queue.add('exports', 3), { accepted: false, reason: 'unavailable', retryable: true })
  replied.open()
  await reply
})

test('what is not done when drainTimeout is over goes to onRejected and into one warning', async t => {
  const rejected: RejectedJob[] = []
  const { app, queue, lines } = await startQueue(t, inline({ concurrency: 1, drainTimeout: 40, onRejected: job => { rejected.push(job) } }))
  const mine = gate()
  const started: unknown[] = []
  queue.process('exports', async ({ data }) => { started.push(data); await mine.promise })
  queue.process('reports', ({ data }) => { started.push(data) })
  await app.ready()
  for (const [name, data] of [['exports', 1], ['exports', 2], ['exports', 3], ['reports', 4]] as const) await queue.add(name, data, { jobId: `${data}` })
  await idle()
  await app.close()
  t.same(rejected.map(({ name, jobId, data, reason }) => [name, jobId, data, reason]), [
    ['exports', '2', 2, 'unavailable'], ['exports', '3', 3, 'unavailable'], ['reports', '4', 4, 'unavailable'], ['exports', '1', 1, 'interrupted']
  ])
  t.match(lines(40), [{ waiting: { exports: 2, reports: 1 }, running: { exports: 1 } }])
  t.equal(lines(40).length, 1)
  mine.open()
  await idle()
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

test('add does not wait for onRejected, and closing does', async t => {
  const mine = gate()
  const events: string[] = []
  const { app, queue } = await startQueue(t, { onRejected: () => mine.promise.then(() => { events.push('kept') }) })
  await app.ready()
  t.match(await queue.add('exports', {}), { accepted: false })
  const closed = app.close().then(() => { events.push('closed') })
  // All that does not wait for onRejected is over before this.
  await Fastify().close()
  mine.open()
  await closed
  t.same(events, ['kept', 'closed'])
})

test('closing waits for onRejected no longer than drainTimeout', async t => {
  const { app, queue } = await startQueue(t, { onRejected: () => new Promise(() => {}), drainTimeout: 1 })
  await app.ready()
  await queue.add('exports', {})
  await t.resolves(app.close())
})

for (const order of ['before', 'after']) {
  test(`an outbox whose database is registered ${order} the queue gets its jobs before that is closed`, async t => {
    const { app } = loggedServer(t)
    let open = true
    const kept: string[] = []
    const database = async () => { app.addHook('onClose', async () => { open = false }) }
    await app.register(upstashEnv, { env: {} })
    if (order === 'before') await database()
    await app.register(queueStub, inline({
      drainTimeout: 1000,
      async onRejected ({ jobId }) {
        for (let turn = 0; turn < 5; turn++) await nextTurn()
        if (open) kept.push(jobId)
      }
    }))
    if (order === 'after') await database()
    const stuck = gate()
    app.queue.process('stuck', () => stuck.promise)
    const [asked, goOn] = [gate(), gate()]
    app.get('/', async (_request, reply) => {
      reply.header('connection', 'close')
      asked.open()
      await goOn.promise
      await app.queue.add('stuck', 3, { jobId: 'in-flight' })
      return {}
    })
    app.addHook('preClose', async () => goOn.open())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const reply = fetch(app.listeningOrigin).then(async reply => await reply.text())
    await asked.promise
    for (const jobId of ['running', 'waiting']) await app.queue.add('stuck', jobId, { jobId })
    await idle()
    await app.close()
    await reply
    t.same(kept.sort(), ['in-flight', 'running', 'waiting'])
    stuck.open()
  })
}

test('the outbox gets the jobs that did not run before a database is closed, also where nobody waits in add', async t => {
  const events: unknown[] = []
  const { app, queue } = await startQueue(t, inline({
    drainTimeout: 1000,
    async onRejected ({ data }) {
      for (let turn = 0; turn < 5; turn++) await nextTurn()
      events.push(data)
    }
  }))
  // Registered after the queue, so it is closed before it.
  app.addHook('onClose', async () => { events.push('database closed') })
  const stuck = gate()
  queue.process('stuck', () => stuck.promise)
  await app.ready()
  await queue.addBulk(['running', 'waiting'].map(data => ({ name: 'stuck', data })))
  await idle()
  await app.close()
  t.same(events, ['waiting', 'running', 'database closed'])
  stuck.open()
})

test('what plugins add as they close is kept before they are closed, in whichever order', async t => {
  const { app } = loggedServer(t)
  const events: string[] = []
  app.addHook('onClose', async () => { await app.queue.add('first', {}); events.push('first closed') })
  await app.register(upstashEnv, { env: {} })
  await app.register(queueStub, { onRejected: async ({ name }) => { await nextTurn(); events.push(`${name} kept`) } })
  app.addHook('onClose', async () => { await app.queue.addBulk([{ name: 'last', data: {} }]); events.push('last closed') })
  await app.ready()
  await app.close()
  t.same(events, ['last kept', 'last closed', 'first kept', 'first closed'])
})

test('jobs and their outbox share one drainTimeout', async t => {
  const { app, queue } = await startQueue(t, inline({ drainTimeout: 400, onRejected: () => new Promise(() => {}) }))
  const stuck = gate()
  queue.process('stuck', () => stuck.promise)
  await app.ready()
  await queue.add('stuck', {})
  await idle()
  const events: string[] = []
  // Twice of it would be 800, and timers of one process keep their order.
  const later = new Promise<void>(resolve => setTimeout(() => { events.push('later'); resolve() }, 700))
  await Promise.all([later, app.close().then(() => { events.push('closed') })])
  t.same(events, ['closed', 'later'])
  stuck.open()
})

test('an app that closes before it was ready waits for its outbox as well', async t => {
  const kept: unknown[] = []
  const { app, queue } = await startQueue(t, { onRejected: async ({ data }) => { await nextTurn(); kept.push(data) } })
  const added = queue.add('exports', 1)
  await app.close()
  await added
  t.same(kept, [1])
})
