import assert from 'node:assert/strict'
import type { AcceptedJob, AddResult, Queue } from '../../plugins/queue-stub/index.ts'
import type { QueueSubject } from './subject.ts'

/** The status of what `addOrThrow` throws. */
export const STATUS = { disabled: 503, unavailable: 503, too_large: 413, unsupported_option: 422 }

export async function rejects (code: string, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, { code })
}

/** The result of a job that asks for nothing special. */
export function checkOrdinary ({ queue, takes }: QueueSubject, result: AddResult): void {
  if (takes) checkAccepted(queue, result)
  else checkRefused(result, 'disabled')
}

export function checkAccepted (queue: Queue, result: AddResult): AcceptedJob {
  assert.equal(result.accepted, true)
  assert.equal(result.driver, queue.driver)
  assert.equal(typeof result.deduplicated, 'boolean')
  assert.ok(result.jobId.length > 0)
  return result
}

export function checkRefused ({ jobId, ...result }: AddResult, reason: keyof typeof STATUS): void {
  assert.deepEqual(result, { accepted: false, reason, retryable: reason === 'unavailable' })
  assert.ok(jobId.length > 0)
}
