import { AsyncResource } from 'node:async_hooks'
import type { FastifyBaseLogger } from 'fastify'
import type { AfterReply } from './after-reply.ts'
import { errorLabel } from './errors.ts'
import type { JobHandler, QueueCapabilities, RefusalReason } from './interface.ts'
import type { CheckedJob } from './job.ts'
import { canHonour } from './job-options.ts'
import { within } from './within.ts'

/** A job can be recognised for as long as it is here; nothing outlives the process. */
export const INLINE: QueueCapabilities = Object.freeze({
  delay: false, schedule: false, priority: false, retry: false, deduplication: true, cancel: false, inspect: false
})

export interface InlineOptions {
  /** Most jobs that run at once. */
  readonly concurrency: number
  /** Most jobs that wait. */
  readonly maxWaiting: number
  readonly afterReply: AfterReply
  readonly log: FastifyBaseLogger
}

interface Handler {
  readonly run: JobHandler
  readonly concurrency: number
  running: number
}

interface InlineJob {
  readonly key: string
  readonly job: CheckedJob
  readonly handler: Handler
  /** `deferred`: until the reply; `ready`: until its turn. */
  state: 'deferred' | 'ready' | 'running'
}

/** What the app had to close without. */
export interface Leftovers {
  readonly waiting: readonly CheckedJob[]
  readonly running: readonly CheckedJob[]
}

/** Runs jobs in this process, in the order in which they became ready. They are in its memory alone. */
export class InlineRunner {
  readonly counters = { completed: 0, failed: 0, running: 0 }
  readonly #options: InlineOptions
  readonly #handlers = new Map<string, Handler>()
  /** All that waits or runs. */
  readonly #jobs = new Map<string, InlineJob>()
  readonly #ready = new Set<InlineJob>()
  #closing = false
  #whenIdle: (() => void) | undefined

  constructor (options: InlineOptions) {
    this.#options = options
  }

  get waiting (): number {
    return this.#jobs.size - this.counters.running
  }

  handles (name: string): boolean {
    return this.#handlers.has(name)
  }

  handle (name: string, handler: JobHandler, concurrency: number): void {
    // Else a job would run in the async context of whatever request happened to make room for it.
    this.#handlers.set(name, { run: AsyncResource.bind(handler), concurrency, running: 0 })
  }

  /** Answers how it takes a job, or why it does not. */
  offer (job: CheckedJob): 'taken' | 'deduplicated' | RefusalReason {
    const handler = this.#handlers.get(job.name)
    if (handler === undefined) return 'disabled'
    if (!canHonour(INLINE, job.options)) return 'unsupported_option'
    // No name and no id has a blank in it.
    const key = `${job.name} ${job.jobId}`
    if (this.#jobs.has(key)) return 'deduplicated'
    if (this.#closing || this.waiting >= this.#options.maxWaiting) return 'unavailable'
    const inline: InlineJob = { key, job, handler, state: 'deferred' }
    this.#jobs.set(key, inline)
    this.#options.afterReply.defer(() => this.#makeReady(inline))
    return 'taken'
  }

  /** Takes no more jobs, and runs those that it has within a number of milliseconds. Answers what was not done by then. */
  async drain (milliseconds: number): Promise<Leftovers> {
    this.#closing = true
    // A reply may never end, such as a stream's: nobody waits for one any longer.
    for (const inline of this.#jobs.values()) this.#makeReady(inline)
    if (this.#jobs.size > 0) await within(milliseconds, new Promise<void>(resolve => { this.#whenIdle = resolve }))
    const waiting = [...this.#ready]
    this.#ready.clear()
    for (const { key } of waiting) this.#jobs.delete(key)
    // What still runs cannot be stopped, and may yet end.
    return { waiting: waiting.map(({ job }) => job), running: [...this.#jobs.values()].map(({ job }) => job) }
  }

  #makeReady (inline: InlineJob): void {
    if (inline.state !== 'deferred') return
    inline.state = 'ready'
    this.#ready.add(inline)
    this.#startReady()
  }

  #startReady (): void {
    for (const inline of this.#ready) {
      if (this.counters.running >= this.#options.concurrency) return
      if (inline.handler.running < inline.handler.concurrency) this.#run(inline)
    }
  }

  /** Never rejects. */
  async #run (inline: InlineJob): Promise<void> {
    const { key, handler, job: { name, jobId, json } } = inline
    inline.state = 'running'
    this.#ready.delete(inline)
    this.counters.running++
    handler.running++
    try {
      await handler.run({ name, jobId, data: JSON.parse(json) })
      this.counters.completed++
    } catch (error) {
      this.counters.failed++
      this.#options.log.error({ job: name, jobId, error: errorLabel(error) }, 'an inline job failed; it is not tried again')
    }
    this.counters.running--
    handler.running--
    this.#jobs.delete(key)
    if (this.#jobs.size === 0) this.#whenIdle?.()
    this.#startReady()
  }
}
