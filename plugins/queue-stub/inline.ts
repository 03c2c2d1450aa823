import { AsyncResource } from 'node:async_hooks'
import type { FastifyBaseLogger } from 'fastify'
import type { AfterReply } from './after-reply.ts'
import { INLINE } from './capabilities.ts'
import type { JobHandler, RefusalReason, RunningJob } from './interface.ts'
import type { CheckedJob } from './job.ts'
import { canHonour } from './job-options.ts'
import { logFailure } from './log-failure.ts'
import { inTime } from '../../lib/in-time.ts'

/** For each job that may wait for its turn, so many may wait for replies: of all requests; one has no more than `maxWaiting`. */
const REPLIES_SHARE = 4

export interface InlineOptions {
  /** Most jobs that run at once. */
  readonly concurrency: number
  /** Most jobs that wait for their turn. */
  readonly maxWaiting: number
  readonly afterReply: AfterReply
  readonly log: FastifyBaseLogger
}

interface Handler {
  readonly run: JobHandler
  readonly concurrency: number
  readonly ready: InlineJob[]
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

/** Runs jobs in this process: those of a name in the order in which they became ready, names by turns. They are in its memory alone. */
export class InlineRunner {
  readonly counters = { completed: 0, failed: 0, running: 0 }
  readonly #options: InlineOptions
  readonly #handlers = new Map<string, Handler>()
  /** All that waits or runs. */
  readonly #jobs = new Map<string, InlineJob>()
  /** Handlers that have a job ready and may run one more. */
  readonly #startable = new Set<Handler>()
  #ready = 0
  #scheduled = false
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
    this.#handlers.set(name, { run: AsyncResource.bind((job: RunningJob) => handler(job)), concurrency, ready: [], running: 0 })
  }

  /** Answers how it takes a job, or why it does not. */
  offer (job: CheckedJob): 'taken' | 'deduplicated' | RefusalReason {
    const handler = this.#handlers.get(job.name)
    if (handler === undefined) return 'disabled'
    if (!canHonour(INLINE, job.options)) return 'unsupported_option'
    // No name and no id has a blank in it.
    const key = `${job.name} ${job.jobId}`
    if (this.#jobs.has(key)) return 'deduplicated'
    const { tasks } = this.#options.afterReply
    if (this.#closing || this.#isFull(tasks?.length)) return 'unavailable'
    const inline: InlineJob = { key, job, handler, state: 'deferred' }
    this.#jobs.set(key, inline)
    if (tasks === undefined) this.#makeReady(inline)
    else tasks.push(() => this.#makeReady(inline))
    return 'taken'
  }

  /** Takes no more jobs, and runs those that it has within a number of milliseconds. Answers what was not done by then. */
  async drain (milliseconds: number): Promise<Leftovers> {
    this.#closing = true
    // A reply may never end, such as a stream's: nobody waits for one any longer.
    for (const inline of this.#jobs.values()) this.#makeReady(inline)
    if (this.#jobs.size > 0) await inTime(milliseconds, new Promise<void>(resolve => { this.#whenIdle = resolve }))
    this.#startable.clear()
    const left = [...this.#jobs.values()]
    const waiting = left.filter(({ state }) => state === 'ready')
    for (const { key, handler } of waiting) {
      this.#jobs.delete(key)
      handler.ready.length = 0
    }
    // What still runs cannot be stopped, and may yet end.
    return { waiting: waiting.map(({ job }) => job), running: left.filter(({ state }) => state === 'running').map(({ job }) => job) }
  }

  /** A reply that goes on for hours keeps the room of those that wait for it, so that is a room of its own. */
  #isFull (ofRequest: number | undefined): boolean {
    const { maxWaiting } = this.#options
    if (this.#ready >= maxWaiting) return true
    return ofRequest !== undefined && (ofRequest >= maxWaiting || this.waiting - this.#ready >= REPLIES_SHARE * maxWaiting)
  }

  #makeReady (inline: InlineJob): void {
    if (inline.state !== 'deferred') return
    inline.state = 'ready'
    this.#ready++
    inline.handler.ready.push(inline)
    this.#startNext(inline.handler)
  }

  /** Called whenever the handler may have become startable, or a place free. */
  #startNext (handler: Handler): void {
    if (handler.ready.length > 0 && handler.running < handler.concurrency) this.#startable.add(handler)
    if (this.#scheduled || this.#startable.size === 0 || this.counters.running >= this.#options.concurrency) return
    this.#scheduled = true
    // One a turn of the event loop: handlers that wait for nothing would else keep it from all requests.
    setImmediate(() => {
      this.#scheduled = false
      const [next] = this.#startable
      const inline = next?.ready.shift()
      // The drain may have given up since.
      if (inline !== undefined) this.#run(inline)
    })
  }

  /** Never rejects. */
  async #run (inline: InlineJob): Promise<void> {
    const { key, handler, job } = inline
    inline.state = 'running'
    this.#ready--
    this.counters.running++
    handler.running++
    // To the end of the row.
    this.#startable.delete(handler)
    this.#startNext(handler)
    try {
      await handler.run({ name: job.name, jobId: job.jobId, data: JSON.parse(job.json) })
      this.counters.completed++
    } catch (error) {
      this.counters.failed++
      logFailure(this.#options.log, job, error, 'an inline job failed; it is not tried again')
    }
    this.counters.running--
    handler.running--
    this.#jobs.delete(key)
    if (this.#jobs.size === 0) this.#whenIdle?.()
    this.#startNext(handler)
  }
}
