import assert from 'node:assert/strict'
import type { QueueCases } from './subject.ts'

/** What runs jobs. */
export const handlers: QueueCases = {
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
  }
}
