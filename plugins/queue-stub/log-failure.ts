import type { FastifyBaseLogger } from 'fastify'
import { errorLabel } from './error-label.ts'
import type { CheckedJob } from './job.ts'
import { stackFrames } from './stack-frames.ts'

/** Tells what the app's own code threw, without its message. Never throws: whoever calls it has a slot to give back. */
export function logFailure (log: FastifyBaseLogger, { name, jobId }: CheckedJob, error: unknown, message: string): void {
  try {
    log.error({ job: name, jobId, error: errorLabel(error), frames: stackFrames(error) }, message)
  } catch {
    // A logger of the app's own, which has failed; there is nobody left to tell.
  }
}
