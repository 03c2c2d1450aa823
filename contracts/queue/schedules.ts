import assert from 'node:assert/strict'
import type { Schedule } from '../../plugins/queue-stub/index.ts'
import { checkAccepted, checkRefused, rejects } from './checks.ts'
import { mistakes } from './mistakes.ts'
import type { QueueCases } from './subject.ts'

/** What adds jobs again and again. */
export const schedules: QueueCases = {
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
  }
}
