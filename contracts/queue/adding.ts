import assert from 'node:assert/strict'
import type { AddOptions, JobData, QueueCapabilities } from '../../plugins/queue-stub/index.ts'
import { checkAccepted, checkOrdinary, checkRefused, rejects, STATUS } from './checks.ts'
import { mistakes, nested } from './mistakes.ts'
import { MAX_BYTES, type QueueCases } from './subject.ts'

const CAPABILITIES: ReadonlyArray<keyof QueueCapabilities> = ['cancel', 'deduplication', 'delay', 'inspect', 'priority', 'retry', 'schedule']

/** What becomes of one job. */
export const adding: QueueCases = {
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

  async 'data of 200 levels is taken, and -0 as the 0 that JSON makes of it' (subject) {
    const { queue, worker, takes } = subject
    checkOrdinary(subject, await queue.add('job', nested(200)))
    checkOrdinary(subject, await queue.add('job', [-0]))
    if (takes && worker.active) assert.deepEqual((await worker.hasRun(2))[1]?.data, [0])
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
  }
}
