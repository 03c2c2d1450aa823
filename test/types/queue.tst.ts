import Fastify from 'fastify'
import { describe, expect, test } from 'tstyche'
import {
  queueStub, type AcceptedJob, type AddResult, type Queue, type QueueDisabledError, type QueueStubOptions, type RefusalReason, type RejectedJob
} from '../../plugins/queue-stub/index.ts'

const app = Fastify()

describe('fastify.queue', () => {
  test('is always there', () => {
    expect(app.queue).type.toBe<Queue>()
    expect(app.register).type.toBeCallableWith(queueStub)
    expect(app.register).type.toBeCallableWith(import('../../plugins/queue-stub/index.ts'), { fallback: 'inline' })
  })
})

describe('a result', () => {
  const result = {} as AddResult
  test('says why only where the job was refused, and what took it only where it was accepted', () => {
    expect(result.jobId).type.toBe<string>()
    expect(result).type.not.toHaveProperty('reason')
    if (result.accepted === false) expect(result.reason).type.toBe<RefusalReason>()
    if (result.accepted === true) expect(result).type.toBe<AcceptedJob>()
    if (result.accepted === 'unknown') expect(result).type.not.toHaveProperty('retryable')
  })

  test('of addOrThrow is an accepted job', () => {
    expect(app.queue.addOrThrow('exports', {})).type.toBe<Promise<AcceptedJob>>()
    expect<QueueDisabledError['code']>().type.toBe<'FST_QUEUE_DISABLED'>()
    expect<QueueDisabledError['jobId']>().type.toBe<string>()
  })
})

describe('a job', () => {
  test('carries what JSON can hold, as far as the compiler can tell', () => {
    expect(app.queue.add).type.toBeCallableWith('exports', { rows: [1] })
    expect(app.queue.add).type.toBeCallableWith('exports', null, { delay: 5, jobId: undefined })
    expect(app.queue.add).type.not.toBeCallableWith('exports')
    expect(app.queue.add).type.not.toBeCallableWith('exports', undefined)
    expect(app.queue.add).type.not.toBeCallableWith('exports', 1n)
  })

  test('has no option of another name', () => {
    expect(app.queue.add).type.not.toBeCallableWith('exports', {}, { prio: 1 })
    expect(app.queue.add).type.not.toBeCallableWith('exports', {}, { backoff: { type: 'linear', delay: 1 } })
  })

  test('of a schedule has neither id nor delay', () => {
    expect(app.queue.upsertSchedule).type.toBeCallableWith('nightly', { pattern: '0 3 * * *', tz: 'UTC' }, { name: 'reports', data: {} })
    expect(app.queue.upsertSchedule).type.not.toBeCallableWith('nightly', { every: 5, tz: 'UTC' }, { name: 'reports', data: {} })
    expect(app.queue.upsertSchedule).type.not.toBeCallableWith('nightly', { every: 5 }, { name: 'reports', data: {}, options: { jobId: 'id' } })
  })
})

describe('a handler', () => {
  test('knows its data as unknown, until it says otherwise', () => {
    app.queue.process('exports', ({ data }) => expect(data).type.toBe<unknown>())
    app.queue.process<{ user: number }>('exports', ({ data }) => expect(data.user).type.toBe<number>())
    expect(app.queue.process('exports', () => {})).type.toBe<{ readonly active: boolean }>()
  })
})

describe('options', () => {
  test('are all optional, and inline is the only fallback', () => {
    expect<QueueStubOptions>().type.toBeAssignableFrom<object>()
    expect<{ fallback: 'redis' }>().type.not.toBeAssignableTo<QueueStubOptions>()
    expect<RejectedJob['reason']>().type.toBe<RefusalReason | 'interrupted'>()
  })
})
