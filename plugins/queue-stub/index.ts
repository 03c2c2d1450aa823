import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import { InvalidOptionError, optionsCheck, type WithDefaults } from '../../lib/options.ts'
import type { UpstashConfig } from '../env/index.ts'
import { AfterReply } from './after-reply.ts'
import { InlineRunner } from './inline.ts'
import type { Queue } from './interface.ts'
import { StubQueue } from './queue.ts'
import { Rejections, type RejectionHandler } from './rejections.ts'
import { within } from './within.ts'

export {
  InvalidDataError, InvalidHandlerError, InvalidJobOptionError, InvalidNameError, InvalidScheduleError,
  JobTooLargeError, QueueDisabledError, QueueUnavailableError, UnsupportedOptionError
} from './errors.ts'
export type * from './interface.ts'
export type { RejectedJob, RejectionHandler } from './rejections.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Takes jobs that run later, or says why it does not. */
    queue: Queue
  }
}

export interface QueueStubOptions {
  /** Beats `DISABLE_BACKGROUND_JOBS`. False without a queue's driver is a warning at start, and changes nothing else. */
  disabled?: boolean | undefined
  /** Gets each refused job, to keep it for later. `add` does not wait for it, closing does. What it throws is logged by name. */
  onRejected?: RejectionHandler | undefined
  /** `inline`: jobs that have a handler run in this process after the reply. They are lost when it ends without closing. */
  fallback?: 'inline' | undefined
  /** Most inline jobs that run at once, of all names; default 4. */
  concurrency?: number | undefined
  /** Most inline jobs that wait, for a reply or for their turn; default 100. */
  maxWaiting?: number | undefined
  /** Milliseconds that closing waits for inline jobs, and then for `onRejected`; default 3,000. */
  drainTimeout?: number | undefined
}

const positive = { type: 'integer', minimum: 1 }

type Defaulted = WithDefaults<Pick<QueueStubOptions, 'concurrency' | 'maxWaiting' | 'drainTimeout'>>

const checkOptions = optionsCheck<Omit<QueueStubOptions, keyof Defaulted> & Defaulted>('queue-stub', {
  disabled: { type: 'boolean' },
  onRejected: {},
  fallback: { enum: ['inline'] },
  concurrency: { ...positive, default: 4 },
  maxWaiting: { ...positive, default: 100 },
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
  const { level, reason } = whyDisabled(options.disabled, fastify.upstashConfig)
  const inline = options.fallback === 'inline'
  log[level](`queue disabled: ${reason}; jobs ${inline ? 'that have a handler run in this process, and are lost with it' : 'are refused'}`)
  const rejections = new Rejections(log, onRejected)
  // After the server's end: what requests in flight added meanwhile was refused and handed over.
  fastify.addHook('onClose', () => within(drainTimeout, rejections.settled()))
  if (!inline) {
    fastify.decorate('queue', new StubQueue(reason, rejections))
    return
  }
  const afterReply = new AfterReply()
  const runner = new InlineRunner({ ...options, afterReply, log })
  fastify.decorate('queue', new StubQueue(reason, rejections, runner))
  fastify.addHook('onRequest', afterReply.enter)
  fastify.addHook('preValidation', afterReply.enterAgain)
  // Before any plugin's onClose, since handlers use what those take away.
  fastify.addHook('preClose', async () => rejections.giveUp(await runner.drain(drainTimeout)))
}, { name: 'queue-stub', fastify: '5.x', dependencies: ['upstash-env'] })

export default queueStub

function whyDisabled (option: boolean | undefined, { backgroundJobs }: UpstashConfig): { level: 'info' | 'warn', reason: string } {
  if (option === true) return { level: 'info', reason: 'the option disabled is true' }
  if (option === false || !backgroundJobs.disabled) {
    const name = option === false ? 'the option disabled' : 'DISABLE_BACKGROUND_JOBS'
    return { level: 'warn', reason: `${name} is false, but queue-stub has no driver: register a plugin that has one in its place` }
  }
  if (backgroundJobs.problem !== undefined) return { level: 'warn', reason: backgroundJobs.problem }
  return { level: 'info', reason: backgroundJobs.source === 'environment' ? 'DISABLE_BACKGROUND_JOBS is true' : 'DISABLE_BACKGROUND_JOBS is not set' }
}
