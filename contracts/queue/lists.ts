import assert from 'node:assert/strict'
import { checkOrdinary, checkRefused, rejects } from './checks.ts'
import { mistakes } from './mistakes.ts'
import { MAX_BYTES, type QueueCases } from './subject.ts'

/** Jobs that are added together. */
export const lists: QueueCases = {
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
  }
}
