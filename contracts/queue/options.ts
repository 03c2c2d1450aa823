import assert from 'node:assert/strict'
import type { AddOptions, QueueCapabilities } from '../../plugins/queue-stub/index.ts'
import { checkAccepted, checkOrdinary, checkRefused } from './checks.ts'
import type { QueueCases } from './subject.ts'
import { Worker } from './worker.ts'

/** What a job can ask for. */
export const options: QueueCases = {
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
    const other = new Worker(queue, 'other', worker.patience)
    assert.equal(checkAccepted(queue, await queue.add('other', 3, { jobId: 'same' })).deduplicated, false)
    await queue.add('job', 4)
    release()
    if (!worker.active) return
    assert.deepEqual((await worker.hasRun(2)).map(({ data }) => data), [1, 4])
    assert.deepEqual((await other.hasRun(1)).map(({ data }) => data), [3])
  }
}
