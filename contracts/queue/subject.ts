import type { Queue } from '../../plugins/queue-stub/index.ts'
import type { Worker } from './worker.ts'

/** The most that the JSON of a job's data may have. */
export const MAX_BYTES = 256 * 1024

/** A queue under test, with a worker for jobs of the name `job`. */
export interface QueueSubject {
  readonly queue: Queue
  readonly worker: Worker
  /** Whether it takes a job that asks for nothing special. */
  readonly takes: boolean
  readonly close: () => Promise<void>
}

/** What is promised, and what proves it. */
export type QueueCases = Record<string, (subject: QueueSubject) => Promise<void>>
