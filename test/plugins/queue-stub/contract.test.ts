import { test, type Test } from 'tap'
import { queueContract } from '../../../contracts/queue.ts'
import type { AddResult, Queue, QueueStubOptions } from '../../../plugins/queue-stub/index.ts'
import { startQueue } from './start-queue.ts'

const subject = (t: Test, options: QueueStubOptions, change: (queue: Queue) => Queue = queue => queue) => async () => {
  const { app, queue } = await startQueue(t, options)
  await app.ready()
  return { queue: change(queue), close: () => app.close() }
}

for (const [name, options] of Object.entries<QueueStubOptions>({ disabled: {}, inline: { fallback: 'inline' } })) {
  test(`the ${name} queue keeps the contract`, async t => {
    for (const { name, run } of queueContract({ create: subject(t, options) })) await t.resolves(run(), name)
  })
}

/** A queue with parts of another's. */
function changed (queue: Queue, changes: Partial<Queue>): Queue {
  return new Proxy(queue, {
    get (target, name) {
      if (Object.hasOwn(changes, name)) return changes[name as keyof Queue]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

/** A queue as a driver could be: it can do everything, if only for as long as the test looks. */
function capable (queue: Queue): Queue {
  const schedules = new Set<string>()
  const accepted = { accepted: true as const, driver: 'capable', deduplicated: false }
  const done = (result: AddResult): AddResult => result.accepted === true ? { ...result, driver: 'capable' } : result
  const whole = (result: AddResult) => result.accepted === false && result.reason === 'unsupported_option'
  const asks = ['delay', 'attempts', 'backoff', 'priority']
  return changed(queue, {
    enabled: true,
    driver: 'capable',
    disabledReason: undefined,
    capabilities: { delay: true, schedule: true, priority: true, retry: true, deduplication: true, cancel: true, inspect: true },
    async add (name, data, options) {
      const result = await queue.add(name, data, options)
      const known = Object.keys(options ?? {}).every(key => asks.includes(key))
      if (whole(result) && known) return { ...accepted, jobId: result.jobId, ...(options?.delay === undefined ? {} : { runAt: Date.now() + options.delay }) }
      return done(result)
    },
    addBulk: async jobs => (await queue.addBulk(jobs)).map(done),
    addOrThrow: async (...job) => ({ ...await queue.addOrThrow(...job), driver: 'capable' }),
    async upsertSchedule (id, schedule, job) {
      const result = await queue.upsertSchedule(id, schedule, job)
      if (!whole(result) || Object.keys(job.options ?? {}).length > 0) return result
      schedules.add(id)
      return { ...accepted, jobId: id }
    },
    removeSchedule: async id => (await queue.removeSchedule(id)) || schedules.delete(id)
  })
}

test('a queue that can do everything keeps the contract', async t => {
  for (const { name, run } of queueContract({ create: subject(t, { fallback: 'inline' }, capable) })) await t.resolves(run(), name)
})

test('a queue that hands jobs to another process keeps the contract', async t => {
  const elsewhere = (queue: Queue) => changed(capable(queue), { process: (...handler) => ({ active: queue.process(...handler) === undefined }) })
  for (const { name, run } of queueContract({ create: subject(t, { fallback: 'inline' }, elsewhere) })) await t.resolves(run(), name)
})

test('a queue that breaks a promise fails the contract', async t => {
  const failures = async (options: QueueStubOptions, change: (queue: Queue) => Partial<Queue>) => {
    const cases = queueContract({ create: subject(t, options, queue => changed(queue, change(queue))), patience: 50 })
    const failed: string[] = []
    for (const { name, run } of cases) await run().catch((error: Error) => { if (error.name === 'AssertionError') failed.push(name) })
    return failed
  }
  const inline = { fallback: 'inline' } as const
  const id = (result: AddResult, jobId: string) => ({ ...result, jobId }) as never
  for (const [broken, options, change] of [
    ['forgets why it is disabled', {}, () => ({ disabledReason: undefined })],
    ['promises what it refuses', inline, queue => ({ capabilities: { ...queue.capabilities, delay: true } })],
    ['takes jobs and runs none', inline, queue => ({ add: async () => ({ accepted: true, jobId: 'id', driver: 'inline', deduplicated: false }), process: (...handler) => queue.process(...handler) })],
    ['answers what it does not know', inline, () => ({ add: async () => ({ accepted: 'unknown', jobId: 'id' }) })],
    ['gives one id to all', {}, queue => ({ add: async (...job) => id(await queue.add(...job), 'id') })],
    ['drops options in silence', inline, queue => ({ add: async (name, data) => await queue.add(name, data) })],
    ['takes mistakes for refusals', {}, queue => ({ add: async (...job) => await queue.add(...job).catch(() => ({ accepted: false, jobId: 'id', reason: 'unsupported_option', retryable: false })) })],
    ['adds a list one by one', {}, queue => ({ addBulk: async jobs => { const results = []; for (const { name, data, options } of jobs) results.push(await queue.add(name, data, options)); return results } })],
    ['takes any schedule', inline, () => ({ upsertSchedule: async id => ({ accepted: true, jobId: id, driver: 'inline', deduplicated: false }) })],
    ['runs no handler that it calls active', {}, () => ({ process: () => ({ active: true }) })],
    ['counts nothing', {}, queue => ({ stats: () => ({ ...queue.stats(), rejected: {} }) })]
  ] satisfies Array<[string, QueueStubOptions, (queue: Queue) => Partial<Queue>]>) {
    t.not((await failures(options, change)).length, 0, broken)
  }
})
