import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { backoffDelay, type BackoffOptions } from './backoff.ts'
import type { Counters } from './counters.ts'
import { NetworkError, TimeoutError, type RateLimitedError } from './errors.ts'
import { dataLines } from './event-stream.ts'
import type { SubscribeOptions, Subscription } from './interface.ts'
import { redacted, type Transport } from './transport.ts'

/** What all streams of a client share. */
export interface StreamContext {
  readonly transport: Transport
  readonly counters: Counters
  readonly log: FastifyBaseLogger
  /** Milliseconds in which the endpoint has to confirm a stream. */
  readonly timeLimit: number
  readonly backoff: BackoffOptions
  readonly maxReplyBytes: number
}

/** An event stream that is opened again whenever it is lost, until it is closed. */
export class SupervisedStream implements Subscription {
  readonly opened: Promise<void>
  /** Settles when the stream is closed and nothing of it is left. */
  readonly ended: Promise<void>
  readonly #context: StreamContext
  readonly #path: string
  readonly #onEvent: (data: string) => unknown
  readonly #options: SubscribeOptions
  #resolveOpened: (() => void) | undefined
  #phase: 'opening' | 'open' | 'waiting' = 'opening'
  // Of the try or the wait that is going on.
  #abort = new AbortController()
  #closed = false
  #openedAt = 0
  #lostAt: number | undefined
  #failures = 0
  #inTrouble = false

  constructor (context: StreamContext, path: string, onEvent: (data: string) => unknown, options: SubscribeOptions) {
    this.#context = context
    this.#path = path
    this.#onEvent = onEvent
    this.#options = options
    this.opened = new Promise(resolve => { this.#resolveOpened = resolve })
    this.ended = this.#supervise()
  }

  get state (): Subscription['state'] {
    return this.#closed ? 'closed' : this.#phase
  }

  readonly close = (): void => {
    this.#closed = true
    this.#abort.abort()
  }

  async #supervise (): Promise<void> {
    const { signal } = this.#options
    signal?.addEventListener('abort', this.close)
    if (signal?.aborted === true) this.close()
    this.#context.counters.subscriptions.total++
    while (!this.#closed) {
      const error = await this.#follow().catch((error: unknown) => redacted('SUBSCRIBE', error))
      const wasOpen = this.#noteLoss()
      // The loss of an open stream is ordinary; that it does not come back is not.
      if (!wasOpen) this.#reportTrouble(error)
      await this.#wait(error)
    }
    signal?.removeEventListener('abort', this.close)
    this.#resolveOpened?.()
  }

  /** Opens the stream and delivers its events until it ends; answers or rejects with why it did. */
  async #follow (): Promise<Error> {
    const { transport, counters, timeLimit, maxReplyBytes } = this.#context
    this.#phase = 'opening'
    const abort = this.#abort = new AbortController()
    const timer = setTimeout(() => abort.abort(new TimeoutError('SUBSCRIBE', timeLimit, timeLimit)), timeLimit)
    try {
      counters.streamRequested()
      const body = await transport.stream(this.#path, abort.signal)
      for await (const data of dataLines(body, maxReplyBytes)) {
        clearTimeout(timer)
        if (this.#closed) break
        // The first event is Redis's confirmation; headers alone may be a proxy's.
        if (this.#phase === 'opening') this.#confirm()
        this.#call(() => this.#onEvent(data))
      }
      return new NetworkError('SUBSCRIBE', 'the stream ended')
    } finally {
      clearTimeout(timer)
    }
  }

  #confirm (): void {
    const { counters, log } = this.#context
    this.#phase = 'open'
    this.#openedAt = performance.now()
    counters.subscriptions.open++
    if (this.#inTrouble) log.info('a subscription is open again')
    this.#inTrouble = false
    this.#resolveOpened?.()
    if (this.#lostAt === undefined) return
    const duration = this.#openedAt - this.#lostAt
    this.#lostAt = undefined
    counters.subscriptions.gaps++
    this.#call(() => this.#options.onGap?.({ duration }))
  }

  /** A mistake in the app's handler must not be taken for a loss of the stream, nor end the process. */
  async #call (handler: () => unknown): Promise<void> {
    try {
      await handler()
    } catch (error) {
      // Where, but not what: its message may quote the one that it could not handle.
      const { name, stack } = Object(error) as Partial<Error>
      this.#context.log.error({ error: name, at: String(stack).match(/^ +at .*$/gm) }, 'a subscription handler failed')
    }
  }

  /** Answers whether the stream was open. */
  #noteLoss (): boolean {
    this.#lostAt ??= performance.now()
    if (this.#phase !== 'open') return false
    this.#context.counters.subscriptions.open--
    // A stream that ends soon after it was opened is no success to start the back-off anew from.
    if (this.#lostAt - this.#openedAt > this.#context.backoff.max) this.#failures = 0
    return true
  }

  async #wait (error: Error): Promise<void> {
    if (this.#closed) return
    this.#phase = 'waiting'
    const { signal } = this.#abort = new AbortController()
    const { retryAfter = 0 } = error as Partial<RateLimitedError>
    const ms = Math.max(backoffDelay(this.#context.backoff, this.#failures++), retryAfter * 1000)
    await delay(ms, undefined, { signal, ref: false }).catch(() => {})
  }

  #reportTrouble (err: Error): void {
    if (this.#inTrouble || this.#closed) return
    this.#inTrouble = true
    this.#context.log.warn({ err }, 'a subscription cannot be opened; trying again with back-off')
  }
}
