import { test } from 'tap'
import type { AddOptions, Job, JobData, JobHandler, RejectedJob, Schedule, ScheduledJob } from '../../../plugins/queue-stub/index.ts'
import { startQueue, until } from './start-queue.ts'

// What a caller gives may throw when it is read, or be something else each time.

function fail (): never {
  throw new Error('s3cr3t')
}

const revoked = (target: object): never => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy as never
}

/** Objects that throw when they are read: one of its properties, all of them, its keys. */
const unreadable = (name: string): object[] => [
  Object.defineProperty({}, name, { get: fail, enumerable: true }), revoked({}),
  new Proxy({ [name]: 1 }, { get: fail, getOwnPropertyDescriptor: fail }), new Proxy({ [name]: 1 }, { ownKeys: fail })
]

test('what throws when it is read is a mistake like any other, and does not tell what was thrown', async t => {
  for (const options of [{}, { fallback: 'inline' }] as const) {
    const { queue, log } = await startQueue(t, options)
    queue.process('job', () => {})
    const calls: Array<[code: string, call: () => unknown]> = [
      ...unreadable('a').map((data): [string, () => unknown] => ['FST_QUEUE_INVALID_DATA', () => queue.add('job', data)]),
      ...unreadable('delay').slice(0, 3).map((options): [string, () => unknown] => ['FST_QUEUE_INVALID_JOB_OPTION', () => queue.add('job', 1, options)]),
      ...unreadable('type').map((backoff): [string, () => unknown] => ['FST_QUEUE_INVALID_JOB_OPTION', () => queue.addOrThrow('job', 1, { backoff } as AddOptions)]),
      ...unreadable('name').slice(0, 3).map((job): [string, () => unknown] => ['FST_QUEUE_INVALID_JOB_OPTION', () => queue.addBulk([job as Job])]),
      ...[revoked([]), new Proxy([1], { get: fail })].map((jobs): [string, () => unknown] => ['FST_QUEUE_INVALID_JOB_OPTION', () => queue.addBulk(jobs as never)]),
      ...unreadable('every').slice(0, 3).map((schedule): [string, () => unknown] => ['FST_QUEUE_INVALID_SCHEDULE', () => queue.upsertSchedule('id', schedule as Schedule, { name: 'job', data: 1 })]),
      ...unreadable('options').slice(0, 3).map((job): [string, () => unknown] => ['FST_QUEUE_INVALID_JOB_OPTION', () => queue.upsertSchedule('id', { every: 1 }, job as ScheduledJob)]),
      ...unreadable('concurrency').slice(0, 3).map((options): [string, () => unknown] => ['FST_QUEUE_INVALID_HANDLER', async () => queue.process('other', () => {}, options)])
    ]
    for (const [code, call] of calls) {
      const error = await Promise.resolve().then(call).then(() => undefined, (error: Error & { code?: string }) => error)
      t.equal(error?.code, code)
      t.notMatch(error?.message, 's3cr3t')
    }
    t.match(queue.stats(), { accepted: 0, rejected: {} })
    t.notMatch(JSON.stringify(log.lines), 's3cr3t')
  }
})

test('a hole in a list of jobs is a mistake, and none of the others is added', async t => {
  const { queue } = await startQueue(t)
  const jobs: Job[] = [{ name: 'job', data: 1 }]
  jobs.length = 2
  await t.rejects(queue.addBulk(jobs), { code: 'FST_QUEUE_INVALID_NAME' })
  t.same(queue.stats().rejected, {})
})

test('what is another value each time is what it was when it was checked', async t => {
  const kept: RejectedJob[] = []
  const { queue } = await startQueue(t, { onRejected: job => { kept.push(job) } })
  /** `first`, and later what no option can be. */
  const fickle = (name: string, first: unknown) => {
    let reads = 0
    return Object.defineProperty({}, name, { enumerable: true, get: () => reads++ === 0 ? first : () => {} })
  }
  await queue.add('job', 1, { backoff: { type: 'fixed', ...fickle('delay', 5) } } as AddOptions)
  // structuredClone() takes no proxy.
  await queue.add('job', 1, { backoff: new Proxy({ type: 'fixed' as const, delay: 5 }, {}) })
  await queue.upsertSchedule('id', fickle('every', 60_000) as Schedule, { name: 'job', data: 1 })
  await until(() => kept.length === 3)
  t.same(kept.slice(0, 2).map(({ options }) => options), Array(2).fill({ backoff: { type: 'fixed', delay: 5 } }))
  t.same(kept[2]?.schedule, { every: 60_000 })
})

test('a handler that cannot be read fails as its jobs do', async t => {
  const { queue, lines } = await startQueue(t, { fallback: 'inline' })
  const handler = Object.defineProperty(() => {}, 'length', { get: fail })
  t.same(queue.process('odd', handler as JobHandler), { active: true })
  t.same(queue.process('revoked', revoked(() => {}) as JobHandler), { active: true })
  await queue.add('odd', null as JobData)
  await queue.add('revoked', 1)
  await until(() => queue.stats().completed + queue.stats().failed === 2)
  t.match(queue.stats(), { completed: 1, failed: 1 })
  t.match(lines(50), [{ job: 'revoked', error: 'TypeError' }])
})
