import assert from 'node:assert/strict'
import type { AcceptedJob, AddOptions, AddResult, JobData, Queue, QueueCapabilities, Schedule } from '../plugins/queue-stub/index.ts'
import type { ContractCase } from './contract-case.ts'
import { Worker } from './queue/worker.ts'

export interface QueueContractOptions {
  /** A queue that no other case has used, and what takes it down as the end of its app would, which may be called twice. */
  create: () => Promise<{ queue: Queue, close: () => Promise<void> }>
  /** Milliseconds in which an accepted job must have run; default 5,000. */
  timeLimit?: number | undefined
}

/** A queue under test, with a worker for jobs of the name `job`. */
interface Subject {
  readonly queue: Queue
  readonly worker: Worker
  /** Whether it takes a job that asks for nothing special. */
  readonly takes: boolean
  readonly close: () => Promise<void>
}

const MAX_BYTES = 256 * 1024
const CAPABILITIES: ReadonlyArray<keyof QueueCapabilities> = ['cancel', 'deduplication', 'delay', 'inspect', 'priority', 'retry', 'schedule']
const STATUS = { disabled: 503, unavailable: 503, too_large: 413, unsupported_option: 422 }

/** What every `Queue` keeps. Whatever it says that it can do, it is held to. */
export function queueContract ({ create, timeLimit = 5000 }: QueueContractOptions): ContractCase[] {
  return Object.entries(cases).map(([name, body]) => ({
    name,
    async run () {
      const { queue, close } = await create()
      try {
        const worker = new Worker(queue, 'job', timeLimit)
        await body({ queue, worker, takes: queue.enabled || worker.active, close })
      } finally {
        await close()
      }
    }
  }))
}

const cases: Record<string, (subject: Subject) => Promise<void>> = {
  async 'it says what it is and what it can do' ({ queue }) {
    assert.ok(queue.driver.length > 0)
    if (queue.enabled) assert.equal(queue.disabledReason, undefined)
    else assert.ok(String(queue.disabledReason ?? '').length > 0, 'it says why it is disabled')
    assert.deepEqual(Object.keys(queue.capabilities).sort(), [...CAPABILITIES])
    for (const name of CAPABILITIES) assert.equal(typeof queue.capabilities[name], 'boolean', name)
  },

  async 'a job is taken or refused as disabled, and has an id: the one given, or one of its own' (subject) {
    const given = await subject.queue.add('job', {}, { jobId: 'given' })
    assert.equal(given.jobId, 'given')
    const ids = new Set<string>()
    for (let n = 0; n < 3; n++) {
      const result = await subject.queue.add('job', { n })
      checkOrdinary(subject, result)
      ids.add(result.jobId)
    }
    assert.equal(ids.size, 3)
  },

  async 'what is taken runs with a copy of its data, where handlers are active' ({ queue, worker, takes }) {
    const data = { text: 'žluťoučký', list: [1, null, true], gone: undefined }
    const { jobId } = await queue.add('job', data)
    data.list.push(2)
    if (!takes || !worker.active) return
    const [job] = await worker.hasRun(1)
    assert.deepEqual(job, { name: 'job', jobId, data: { text: 'žluťoučký', list: [1, null, true] } })
  },

  async 'a mistake in a job rejects at once and adds nothing' ({ queue }) {
    for (const [code, name, data, options] of mistakes()) await rejects(code, queue.add(name, data, options))
    for (const [code, name, data, options] of mistakes()) await rejects(code, queue.addOrThrow(name, data, options))
    const { accepted, rejected } = queue.stats()
    assert.deepEqual({ accepted, rejected }, { accepted: 0, rejected: {} })
  },

  async 'data of more than 256 KB is too large, and not a byte sooner' (subject) {
    // Two quotes are part of the JSON, and ž is two bytes.
    const data = 'ž'.repeat(MAX_BYTES / 2 - 1)
    checkOrdinary(subject, await subject.queue.add('job', data))
    checkRefused(await subject.queue.add('job', data + 'x'), 'too_large')
  },

  async 'an option of an unknown name is refused; one that is undefined is none' (subject) {
    const misspelt = { jobid: 'id' } as AddOptions
    checkRefused(await subject.queue.add('job', {}, misspelt), 'unsupported_option')
    checkOrdinary(subject, await subject.queue.add('job', {}, { ...misspelt, jobid: undefined, delay: undefined } as AddOptions))
  },

  async 'an option is honoured or refused, as the capabilities say' ({ queue, takes }) {
    const before = Date.now()
    const asked: Array<[keyof QueueCapabilities, AddOptions]> = [
      ['delay', { delay: 60_000 }], ['retry', { attempts: 2 }], ['retry', { backoff: { type: 'fixed', delay: 1 } }], ['priority', { priority: 1 }]
    ]
    for (const [capability, options] of asked) {
      const result = await queue.add('job', {}, options)
      if (!takes) checkRefused(result, 'disabled')
      else if (!queue.capabilities[capability]) checkRefused(result, 'unsupported_option')
      else if (options.delay === undefined) checkAccepted(queue, result)
      else assert.ok(Number(checkAccepted(queue, result).runAt) >= before + options.delay, 'it says when a delayed job will run')
    }
  },

  async 'options that ask for nothing are none' (subject) {
    checkOrdinary(subject, await subject.queue.add('job', {}, { delay: 0, attempts: 1 }))
  },

  async 'an id is one job of its name while that waits or runs' ({ queue, worker, takes }) {
    if (!takes || !queue.capabilities.deduplication) return
    const release = worker.hold()
    assert.equal(checkAccepted(queue, await queue.add('job', 1, { jobId: 'same' })).deduplicated, false)
    assert.equal(checkAccepted(queue, await queue.add('job', 2, { jobId: 'same' })).deduplicated, true)
    const other = new Worker(queue, 'other', worker.timeLimit)
    assert.equal(checkAccepted(queue, await queue.add('other', 3, { jobId: 'same' })).deduplicated, false)
    await queue.add('job', 4)
    release()
    if (!worker.active) return
    assert.deepEqual((await worker.hasRun(2)).map(({ data }) => data), [1, 4])
    assert.deepEqual((await other.hasRun(1)).map(({ data }) => data), [3])
  },

  async 'a list of jobs has one result each, in order' (subject) {
    const results = await subject.queue.addBulk([
      { name: 'job', data: 1, options: { jobId: 'first' } },
      { name: 'job', data: 'x'.repeat(MAX_BYTES), options: { jobId: 'second' } },
      { name: 'job', data: 3, options: { jobId: 'third' } }
    ])
    assert.deepEqual(results.map(({ jobId }) => jobId), ['first', 'second', 'third'])
    for (const [index, result] of results.entries()) index === 1 ? checkRefused(result, 'too_large') : checkOrdinary(subject, result)
    assert.deepEqual(await subject.queue.addBulk([]), [])
  },

  async 'a mistake in a list of jobs rejects before any is added' ({ queue }) {
    for (const [code, name, data, options] of mistakes()) {
      await rejects(code, queue.addBulk([{ name: 'job', data: 1 }, { name, data, options }]))
    }
    await rejects('FST_QUEUE_INVALID_JOB_OPTION', queue.addBulk({} as never))
    await rejects('FST_QUEUE_INVALID_NAME', queue.addBulk([{ name: 'job', data: 1 }, null as never]))
    const { accepted, rejected } = queue.stats()
    assert.deepEqual({ accepted, rejected }, { accepted: 0, rejected: {} })
  },

  async 'addOrThrow throws what add refuses, with a status and the id' ({ queue, takes }) {
    const refused: Array<[keyof typeof STATUS, JobData, AddOptions]> = [
      ['too_large', 'x'.repeat(MAX_BYTES), { jobId: 'id' }], ['unsupported_option', {}, { jobId: 'id', prio: 1 } as AddOptions]
    ]
    if (takes) checkAccepted(queue, await queue.addOrThrow('job', {}))
    else refused.push(['disabled', {}, { jobId: 'id' }])
    for (const [reason, data, options] of refused) {
      await assert.rejects(queue.addOrThrow('job', data, options), { code: `FST_QUEUE_${reason.toUpperCase()}`, statusCode: STATUS[reason], jobId: 'id' })
    }
  },

  async 'a schedule is kept until it is removed, or refused' ({ queue, takes }) {
    const schedules: Schedule[] = [
      { every: 60_000 }, { pattern: '*/5 0-6,22 1 jan-MAR mon' }, { pattern: '0 9 * * 1-5', tz: 'Europe/Prague' }, { pattern: ' 0  0 31 12 7 ', tz: undefined }
    ]
    for (const schedule of schedules) {
      const result = await queue.upsertSchedule('nightly', schedule, { name: 'job', data: {} })
      assert.equal(result.jobId, 'nightly')
      if (takes && queue.capabilities.schedule) checkAccepted(queue, result)
      else checkRefused(result, takes ? 'unsupported_option' : 'disabled')
    }
    assert.equal(await queue.removeSchedule('nightly'), takes && queue.capabilities.schedule)
    assert.equal(await queue.removeSchedule('nightly'), false)
    const misfit = { name: 'job', data: {}, options: { jobId: 'id' } as object }
    checkRefused(await queue.upsertSchedule('nightly', { every: 1000 }, misfit), 'unsupported_option')
  },

  async 'a mistake in a schedule rejects' ({ queue }) {
    const job = { name: 'job', data: {} }
    const schedules: unknown[] = [
      undefined, null, 'daily', {}, { every: 0 }, { every: 1.5 }, { every: '5' }, { every: 1000, pattern: '* * * * *' }, { every: 1000, tz: 'UTC' },
      { pattern: 5 }, { pattern: '' }, { pattern: '* * * *' }, { pattern: '* * * * * *' }, { pattern: '60 * * * *' }, { pattern: '* 24 * * *' },
      { pattern: '* * 0 * *' }, { pattern: '* * * 13 *' }, { pattern: '* * * * 8' }, { pattern: '5-1 * * * *' }, { pattern: '*/0 * * * *' },
      { pattern: '*/60 * * * *' }, { pattern: '1, * * * *' }, { pattern: 'mon * * * *' }, { pattern: '* * * * *', tz: 'Mars/Base' },
      { pattern: '* * * * *', tz: 5 }, { pattern: '* * * * *', timezone: 'UTC' }
    ]
    for (const schedule of schedules) await rejects('FST_QUEUE_INVALID_SCHEDULE', queue.upsertSchedule('id', schedule as Schedule, job))
    for (const id of ['', 5, 'x'.repeat(257)]) {
      await rejects('FST_QUEUE_INVALID_SCHEDULE', queue.upsertSchedule(id as string, { every: 1000 }, job))
      await rejects('FST_QUEUE_INVALID_SCHEDULE', queue.removeSchedule(id as string))
    }
    for (const [code, name, data] of mistakes()) {
      if (code !== 'FST_QUEUE_INVALID_JOB_OPTION') await rejects(code, queue.upsertSchedule('id', { every: 1000 }, { name, data }))
    }
  },

  async 'a name has one handler, which is a function' ({ queue, worker }) {
    const invalid = { code: 'FST_QUEUE_INVALID_HANDLER' }
    assert.throws(() => queue.process('job', Boolean), invalid, 'a second handler')
    assert.throws(() => queue.process('none', 'handler' as never), invalid)
    for (const options of [{ concurrency: 0 }, { concurrency: 1.5 }, { concurency: 2 }]) assert.throws(() => queue.process('none', Boolean, options), invalid)
    assert.throws(() => queue.process('', Boolean), { code: 'FST_QUEUE_INVALID_NAME' })
    assert.equal(queue.process('none', Boolean, { concurrency: 2 }).active, worker.active)
  },

  async 'a job that fails is counted, and others run' ({ queue, worker }) {
    if (!worker.active) return
    worker.failing = true
    await queue.add('job', 1)
    await worker.hasRun(1)
    worker.failing = false
    await queue.add('job', 2)
    await worker.hasRun(2)
    await worker.until(() => queue.stats().completed === 1)
    assert.equal(queue.stats().failed, 1)
  },

  async 'what was taken and refused is counted, whatever the names' (subject) {
    const { queue, takes } = subject
    await queue.add('job', {})
    const unfit = { unknown: 1 } as AddOptions
    for (const name of ['job', '__proto__', 'constructor']) await queue.add(name, {}, unfit)
    await queue.add('job', 'x'.repeat(MAX_BYTES))
    const { accepted, rejected, reasons } = queue.stats()
    assert.equal(accepted, takes ? 1 : 0)
    assert.deepEqual(Object.entries(rejected).sort(), [['__proto__', 1], ['constructor', 1], ['job', takes ? 2 : 3]])
    assert.deepEqual(reasons, { disabled: takes ? 0 : 1, unsupported_option: 3, too_large: 1, unavailable: 0 })
    for (let n = 0; n < 200; n++) await queue.add(`made-up-${n}`, {}, unfit)
    assert.equal(queue.stats().rejected['*'], 103)
  },

  async 'once closed it takes nothing, and says so' ({ queue, takes, close }) {
    await close()
    checkRefused(await queue.add('job', {}), takes ? 'unavailable' : 'disabled')
  }
}

/** Calls that no queue can mean anything by, with the code for each. */
function mistakes (): Array<[code: string, name: string, data: JobData, options?: AddOptions]> {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const inexact: unknown[] = [
    undefined, Boolean, Symbol('s'), 1n, NaN, Infinity, cycle, new Date(0), new Map(), /x/, new (class Point { x = 1 })(),
    [undefined], new Array(1), [new Date(0)], { a: { b: -Infinity } }, { f: Boolean }, { a: 1, toJSON: () => 1 }, { [Symbol('s')]: 1 },
    Object.assign([1], { more: 2 })
  ]
  const options: unknown[] = [
    null, 'fast', { jobId: '' }, { jobId: 5 }, { jobId: 'a b' }, { jobId: 'x'.repeat(257) }, { delay: -1 }, { delay: NaN }, { delay: 0.5 },
    { delay: '5' }, { attempts: 0 }, { attempts: Infinity }, { priority: -1 }, { backoff: 5 }, { backoff: { type: 'linear', delay: 1 } },
    { backoff: { type: 'fixed' } }, { unknown: 1, delay: -1 }
  ]
  return [
    ...['', 'a b', 'x'.repeat(129), 'a\n', undefined, 5].map(name => ['FST_QUEUE_INVALID_NAME', name, {}] as [string, string, JobData]),
    ...inexact.map(data => ['FST_QUEUE_INVALID_DATA', 'job', data] as [string, string, JobData]),
    ...options.map(options => ['FST_QUEUE_INVALID_JOB_OPTION', 'job', {}, options] as [string, string, JobData, AddOptions])
  ]
}

async function rejects (code: string, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, { code })
}

/** The result of a job that asks for nothing special. */
function checkOrdinary ({ queue, takes }: Subject, result: AddResult): void {
  if (takes) checkAccepted(queue, result)
  else checkRefused(result, 'disabled')
}

function checkAccepted (queue: Queue, result: AddResult): AcceptedJob {
  assert.equal(result.accepted, true)
  assert.equal(result.driver, queue.driver)
  assert.equal(typeof result.deduplicated, 'boolean')
  assert.ok(result.jobId.length > 0)
  return result
}

function checkRefused ({ jobId, ...result }: AddResult, reason: keyof typeof STATUS): void {
  assert.deepEqual(result, { accepted: false, reason, retryable: reason === 'unavailable' })
  assert.ok(jobId.length > 0)
}
