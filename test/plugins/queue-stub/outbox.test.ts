import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'tap'
import type { RejectedJob } from '../../../plugins/queue-stub/index.ts'
import { gate, idle, startQueue, until } from './start-queue.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('onRejected gets a copy of each refused job, and of each refused schedule', async t => {
  const jobs: RejectedJob[] = []
  const { queue } = await startQueue(t, { onRejected: job => { jobs.push(job) } })
  const data = { to: ['a'] }
  const backoff = { type: 'fixed' as 'fixed' | 'exponential', delay: 5 }
  await queue.add('reminders', data, { jobId: 'mine', attempts: 3, backoff })
  data.to.push('b')
  backoff.delay = 99
  await queue.add('reminders', 1, { prio: 1, delay: 5 } as object)
  await queue.upsertSchedule('nightly', { every: 1000 }, { name: 'reports', data: {}, options: { attempts: 2 } })
  t.same(jobs, [], 'not in the turn of its caller')
  await until(() => jobs.length === 3)
  t.match(jobs[1], { jobId: UUID, data: 1, reason: 'unsupported_option', options: { delay: 5 } })
  t.same([jobs[0], jobs[2]], [
    { name: 'reminders', data: { to: ['a'] }, jobId: 'mine', options: { jobId: 'mine', attempts: 3, backoff: { type: 'fixed', delay: 5 } }, reason: 'disabled' },
    { name: 'reports', data: {}, jobId: 'nightly', options: { attempts: 2 }, reason: 'disabled', schedule: { every: 1000 } }
  ])
})

test('onRejected gets ten jobs at once, and the next ones in order as it is done', async t => {
  const gates = [gate(), gate()]
  const got: unknown[] = []
  const { queue } = await startQueue(t, { onRejected: async ({ data }) => { got.push(data); await gates[Number(data) < 10 ? 0 : 1]?.promise } })
  for (let n = 0; n < 15; n++) await queue.add('exports', n)
  await idle()
  t.same(got, [...Array(10).keys()])
  t.same(queue.stats().outbox, { pending: 15, failed: 0, dropped: 0 })
  gates[0]?.open()
  await idle()
  t.same(got, [...Array(15).keys()])
  t.match(queue.stats().outbox, { pending: 5 })
  gates[1]?.open()
  await until(() => queue.stats().outbox?.pending === 0)
})

test('what an onRejected that is stuck cannot take is counted and told of, and fills no memory', async t => {
  const { queue, lines } = await startQueue(t, { onRejected: () => new Promise(() => {}), drainTimeout: 1 })
  for (let n = 0; n < 1003; n++) t.ok(await queue.add('exports', n))
  t.same(queue.stats().outbox, { pending: 1000, failed: 0, dropped: 3 })
  t.equal(lines(40).filter(({ msg }) => msg.startsWith('onRejected is behind')).length, 1)
})

test('an onRejected that adds its job again neither fails the caller nor keeps the event loop', async t => {
  let left = 2000
  const { queue } = await startQueue(t, { onRejected: ({ name, data, jobId }) => left-- > 0 && queue.add(name, data, { jobId }) })
  t.match(await queue.add('exports', {}), { accepted: false, reason: 'disabled' })
  let turns = 0
  await until(() => { turns++; return queue.stats().outbox?.pending === 0 })
  t.ok(turns > 100, `${turns} turns`)
  t.same(queue.stats().rejected, { exports: 2001 })
})

test('onRejected runs in the context of its registration, not in that of a request', async t => {
  const user = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const { queue } = await startQueue(t, { onRejected: () => { seen.push(user.getStore()) } })
  await user.run('somebody', () => queue.add('exports', {}))
  await until(() => seen.length === 1)
  t.same(seen, [undefined])
})

test('without an onRejected the figures have no outbox', async t => {
  const { queue } = await startQueue(t)
  t.notOk('outbox' in queue.stats())
})
