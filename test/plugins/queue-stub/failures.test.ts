import { once } from 'node:events'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { test } from 'tap'
import upstashEnv from '../../../plugins/env/index.ts'
import queueStub from '../../../plugins/queue-stub/index.ts'
import { gate, idle, startQueue, until } from './start-queue.ts'

const inline = { fallback: 'inline' } as const

test('what a handler throws is counted and logged by its code or name, and the next job runs', async t => {
  const { queue, lines, log } = await startQueue(t, inline)
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
  await idle()
  t.match(lines(50), [
    { job: 'exports', jobId: 'first', error: 'EPIPE', msg: 'an inline job failed; it is not tried again' },
    { job: 'reports', jobId: 'second', error: 'RangeError' }
  ])
  t.match(queue.stats(), { failed: 2, completed: 1 })
  t.notMatch(JSON.stringify(log.lines), 's3cr3t')
})

test('an onRejected that throws or rejects changes nothing for the caller and is logged without its message', async t => {
  const thrown = [Object.assign(new Error('s3cr3t'), { code: 'SQLITE_BUSY' }), new TypeError('s3cr3t'), 's3cr3t', { name: {} }, null]
  const left = [...thrown]
  const { queue, log, lines } = await startQueue(t, {
    onRejected () {
      const error = left.shift()
      if (left.length % 2 === 0) throw error
      return Promise.reject(error)
    }
  })
  for (let n = 0; n < thrown.length; n++) t.match(await queue.add('exports', {}, { jobId: 'id' }), { accepted: false, reason: 'disabled' })
  while (lines(50).length < thrown.length) await once(log, 'line')
  t.same(lines(50).map(({ error }) => error).sort(), ['SQLITE_BUSY', 'TypeError', 'object', 'object', 'string'])
  t.match(lines(50)[0], { job: 'exports', jobId: 'id', msg: /^onRejected failed/ })
  t.notMatch(JSON.stringify(log.lines), 's3cr3t')
})

function sendMail (message: string): never {
  throw new Error(message)
}

test('a failure is logged with where it was thrown, and without its message', async t => {
  const { queue, lines, log } = await startQueue(t, { ...inline, onRejected: () => sendMail('s3cr3t') })
  const messages = ['s3cr3t', '', 's3cr3t\n    at s3cr3t (s3cr3t.ts:1:1)\n    at s3cr3t']
  queue.process<number>('exports', ({ data }) => sendMail(messages[data] as string))
  for (const n of messages.keys()) await queue.add('exports', n)
  await queue.add('mails', {})
  await until(() => lines(50).length === 4)
  for (const { frames } of lines(50)) {
    t.match((frames as string[])[0], /^at sendMail \(.*failures\.test\.ts.*:\d+:\d+\)$/)
    t.ok((frames as string[]).every(frame => frame.startsWith('at ')))
    t.ok((frames as string[]).length <= 10)
  }
  t.notMatch(JSON.stringify(log.lines), 's3cr3t')
})

test('where the message of an error cannot be told from its frames, none are logged', async t => {
  const { queue, lines } = await startQueue(t, inline)
  const changed = new Error('s3cr3t\n    at s3cr3t')
  // It is made when it is first read.
  t.match(changed.stack, 's3cr3t')
  changed.message = 'another'
  const strange = Object.assign(new Error('x'), { stack: 'Error: x\nfound in s3cr3t' })
  const thrown = [changed, strange, 5, { stack: 5 }, Object.assign(new Error('x'), { stack: 'Error: x\n    at a\nmore' })]
  queue.process<number>('exports', ({ data }) => { throw thrown[data] })
  for (const n of thrown.keys()) await queue.add('exports', n)
  await until(() => lines(50).length === thrown.length)
  t.same(lines(50).map(({ frames }) => frames), [[], [], [], [], ['at a']])
})

test('whatever a handler throws, its place is free again, and the log has little of it', async t => {
  const { queue, lines } = await startQueue(t, inline)
  const hostile = { get code () { throw new Error('no') }, get stack () { throw new Error('no') } }
  const thrown = [hostile, Proxy.revocable({}, {}), Object.assign(new Error('x'), { code: 'y'.repeat(100_000) })] as unknown[]
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  thrown[1] = proxy
  queue.process<number>('exports', ({ data }) => { throw thrown[data] })
  for (const n of thrown.keys()) await queue.add('exports', n)
  await until(() => queue.stats().failed === 3)
  t.match(queue.stats(), { running: 0, waiting: 0 })
  t.same(lines(50).map(({ error }) => error), ['object', 'object', 'y'.repeat(64)])
  t.ok(JSON.stringify(lines(50)).length < 10_000)
})

test('a logger that throws keeps neither a place nor the next job', async t => {
  const log = { level: 'info', child: () => log, error () { throw new Error('the disk is full') } } as unknown as FastifyBaseLogger
  for (const level of ['fatal', 'warn', 'info', 'debug', 'trace', 'silent'] as const) log[level] = () => {}
  const app = Fastify({ loggerInstance: log })
  t.after(() => app.close())
  await app.register(upstashEnv, { env: {} })
  await app.register(queueStub, inline)
  app.queue.process<boolean>('exports', ({ data }) => { if (data) throw new Error('as asked') })
  await app.queue.addBulk([{ name: 'exports', data: true }, { name: 'exports', data: false }])
  await until(() => app.queue.stats().completed === 1)
  t.match(app.queue.stats(), { failed: 1, running: 0, waiting: 0 })
})
