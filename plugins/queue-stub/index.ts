import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import { InvalidOptionError, optionsCheck, type WithDefaults } from '../../lib/options.ts'
import type { UpstashConfig } from '../env/index.ts'
import { AfterReply } from './after-reply.ts'
import { Budget } from '../../lib/budget.ts'
import { DriverlessQueue } from './driverless-queue.ts'
import { InlineRunner, type InlineOptions } from './inline.ts'
import type { Queue } from './interface.ts'
import { Outbox, type RejectionHandler } from './outbox.ts'
import { Rejections } from './rejections.ts'

export {
  InvalidDataError, InvalidHandlerError, InvalidJobOptionError, InvalidNameError, InvalidScheduleError,
  JobTooLargeError, QueueDisabledError, QueueUnavailableError, UnsupportedOptionError
} from './errors.ts'
export type * from './interface.ts'
export type { RejectedJob, RejectionHandler } from './outbox.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Takes jobs that run later, or says why it does not. */
    queue: Queue
  }
}

export interface QueueStubOptions {
  /** Beats `DISABLE_BACKGROUND_JOBS`. False without a queue's driver is a warning at start, and changes nothing else. */
  disabled?: boolean | undefined
  /** Gets each refused job, to keep it for later, ten at once. `add` does not wait for it, closing does. What it throws is logged by name. */
  onRejected?: RejectionHandler | undefined
  /** `inline`: jobs that have a handler run in this process after the reply. They are lost when it ends without closing. */
  fallback?: 'inline' | undefined
  /** Most inline jobs that run at once, of all names; default 4. */
  concurrency?: number | undefined
  /** Most inline jobs that wait for their turn, and of each request for its reply; default 100, at most 10,000. */
  maxWaiting?: number | undefined
  /**
   * Milliseconds that closing waits in all; default 3,000. Inline jobs get three quarters of them where there is an `onRejected`, which
   * gets the rest. The process needs more than that to close: with fastify-cli `fastify start -g 5000`.
   */
  drainTimeout?: number | undefined
}

const positive = { type: 'integer', minimum: 1 }
/** Of the time that closing takes; the rest is for `onRejected`, which is to get the jobs that did not make it. */
const JOBS_SHARE = 0.75

type Defaulted = WithDefaults<Pick<QueueStubOptions, 'concurrency' | 'maxWaiting' | 'drainTimeout'>>

const checkOptions = optionsCheck<Omit<QueueStubOptions, keyof Defaulted> & Defaulted>('queue-stub', {
  disabled: { type: 'boolean' },
  onRejected: {},
  fallback: { enum: ['inline'] },
  concurrency: { ...positive, default: 4 },
  maxWaiting: { ...positive, maximum: 10_000, default: 100 },
  // What setTimeout can hold.
  drainTimeout: { ...positive, maximum: 2 ** 31 - 1, default: 3000 }
})

/** Decorates the app with `fastify.queue`, which is honest about there being none. */
export const queueStub = fp<QueueStubOptions>(async (fastify, given) => {
  const options = checkOptions(given)
  const { onRejected, drainTimeout } = options
  // No JSON schema knows functions.
  if (onRejected !== undefined && typeof onRejected !== 'function') throw new InvalidOptionError('queue-stub', 'option onRejected must be a function')
  assertDecoratorFree(fastify, 'queue-stub', 'queue')
  const log = fastify.log.child({ plugin: 'queue-stub' })
  const { level, reason, found } = whyDisabled(options.disabled, fastify.upstashConfig)
  const inline = options.fallback === 'inline'
  log[level]({ found }, `queue disabled: ${reason}; jobs ${inline ? 'that have a handler run in this process, and are lost with it' : 'are refused'}`)
  // Where some jobs are taken it must say as well why another is not.
  const disabledReason = inline ? `${reason}; only jobs that have a handler run, in this process` : reason
  const closing = new Budget(drainTimeout)
  const rejections = new Rejections(log, closing, onRejected && new Outbox(onRejected, log))
  const runner = inline ? runJobs(fastify, { ...options, log }) : undefined
  fastify.decorate('queue', new DriverlessQueue(disabledReason, rejections, runner))
  // Before any plugin's onClose, since handlers and onRejected use what those take away.
  fastify.addHook('preClose', async () => {
    const forJobs = closing.left() * (onRejected === undefined ? 1 : JOBS_SHARE)
    if (runner !== undefined) rejections.giveUp(await runner.drain(forJobs))
    await rejections.settled()
  })
  // For what other plugins added as they closed, without waiting for the answer.
  fastify.addHook('onClose', () => rejections.settled())
}, { name: 'queue-stub', fastify: '5.x', dependencies: ['upstash-env'] })

export default queueStub

function runJobs (fastify: FastifyInstance, options: Omit<InlineOptions, 'afterReply'>): InlineRunner {
  const afterReply = new AfterReply()
  fastify.addHook('onRequest', afterReply.enter)
  fastify.addHook('preValidation', afterReply.enterAgain)
  return new InlineRunner({ ...options, afterReply })
}

interface Why {
  readonly level: 'info' | 'warn'
  /** Without any value of the environment: whoever reads the app's status reads it. */
  readonly reason: string
  /** For the log alone. */
  readonly found?: string | undefined
}

function whyDisabled (option: boolean | undefined, { backgroundJobs }: UpstashConfig): Why {
  if (option === true) return { level: 'info', reason: 'the option disabled is true' }
  if (option === false || !backgroundJobs.disabled) {
    const name = option === false ? 'the option disabled' : 'DISABLE_BACKGROUND_JOBS'
    return { level: 'warn', reason: `${name} is false, but queue-stub has no driver: register a plugin that has one in its place` }
  }
  const { problem, found, source } = backgroundJobs
  if (problem !== undefined) return { level: 'warn', reason: problem, found }
  return { level: 'info', reason: source === 'environment' ? 'DISABLE_BACKGROUND_JOBS is true' : 'DISABLE_BACKGROUND_JOBS is not set' }
}
