import { Breaker, type BreakerOptions, type Failure } from './breaker.ts'
import { Call } from './call.ts'
import { Counters } from './counters.ts'
import { CircuitOpenError, ClientClosedError, NetworkError, TimeoutError } from './errors.ts'
import type { ClientState, Reply, Result } from './interface.ts'
import { readReply } from './reply.ts'
import { Slots } from './slots.ts'
import type { HttpReply, Transport } from './transport.ts'
import { failureOf, isAnswer, stateOf } from './verdict.ts'

export interface ExchangeOptions extends BreakerOptions {
  /** Milliseconds of a call, unless the call says otherwise. */
  readonly timeLimit: number
  /** Most requests under way at once. */
  readonly connections: number
}

/** Called once for each change of state, with the error that made it. */
export type StateListener = (state: ClientState, error?: unknown) => void

/** Milliseconds that calls in flight have at shut-down. */
const CLOSE_GRACE = 500

/**
 * What stands between a call and the network: breaker, time limit, retry, counting, and the state that they add up to.
 */
export class Exchange {
  state: ClientState = 'unknown'
  readonly counters = new Counters()
  readonly breaker: Breaker
  readonly #transport: Transport
  readonly #slots: Slots
  readonly #timeLimit: number
  readonly #onState: StateListener
  readonly #inFlight = new Map<Promise<Result[]>, () => void>()
  #closed = false

  constructor (transport: Transport, options: ExchangeOptions, onState: StateListener) {
    this.#transport = transport
    this.#slots = new Slots(options.connections)
    this.#timeLimit = options.timeLimit
    this.#onState = onState
    this.breaker = new Breaker(options, () => this.#probe())
  }

  /** Outcomes of the call's commands, in order; rejects with an `UpstashError` where the call failed as a whole. */
  async run (call: Call): Promise<Result[]> {
    try {
      if (this.#closed) throw new ClientClosedError(call.toString())
      const ticket = this.breaker.enter()
      if (ticket === undefined) throw new CircuitOpenError(call.toString())
      return await this.#report(ticket, this.#limited(call))
    } catch (error) {
      this.counters.failed(error)
      throw error
    }
  }

  /** The reply to a call of one command; rejects also where Redis refused it. */
  async runSingle (call: Call): Promise<Reply> {
    const [result] = await this.run(call)
    if (result?.ok !== true) throw result?.error
    return result.value
  }

  /** Refuses new calls; those in flight have a moment to end, then they are cut off. */
  async close (): Promise<void> {
    this.#closed = true
    this.breaker.stop()
    const cutOff = setTimeout(() => {
      for (const abort of this.#inFlight.values()) abort()
    }, CLOSE_GRACE)
    await Promise.allSettled(this.#inFlight.keys())
    clearTimeout(cutOff)
  }

  async #report (ticket: number, results: Promise<Result[]>): Promise<Result[]> {
    try {
      const outcomes = await results
      this.#answered(ticket)
      for (const outcome of outcomes) if (!outcome.ok) this.counters.failed(outcome.error)
      return outcomes
    } catch (error) {
      const failure = failureOf(error)
      if (failure !== undefined) this.#failed(ticket, failure, error)
      else if (isAnswer(error)) this.#answered(ticket)
      throw error
    }
  }

  #answered (ticket: number): void {
    this.breaker.succeeded(ticket)
    if (this.breaker.state === 'closed') this.#changeState('connected')
  }

  #failed (ticket: number, failure: Failure, error: unknown): void {
    const gaveUp = this.breaker.failed(ticket, failure)
    // One failure among answers is no news; the first word is, and what made the breaker give up.
    if (gaveUp || this.state === 'unknown') this.#changeState(stateOf(error), error)
  }

  /** Races the call against its time limit. A caller waits no longer, whatever the HTTP client does with the abort. */
  #limited (call: Call): Promise<Result[]> {
    const timeLimit = call.timeLimit ?? this.#timeLimit
    const controller = new AbortController()
    const progress = { sent: false }
    let timer: NodeJS.Timeout
    let abort: (error: Error) => void
    const results = new Promise<Result[]>((resolve, reject) => {
      abort = error => { reject(error); controller.abort() }
      // Where the event loop was blocked, the reply may be in the socket's buffer: it is read before the limit is judged.
      timer = setTimeout(() => setImmediate(() => abort(new TimeoutError(call.toString(), timeLimit, progress.sent))), timeLimit)
      this.#send(call, controller.signal, progress).then(http => readReply(call, http)).then(resolve, reject)
    }).finally(() => {
      clearTimeout(timer)
      this.#inFlight.delete(results)
    })
    this.#inFlight.set(results, () => abort(new ClientClosedError(call.toString())))
    return results
  }

  async #send (call: Call, signal: AbortSignal, progress: { sent: boolean }): Promise<HttpReply> {
    const started = performance.now()
    await this.#slots.take(signal)
    try {
      progress.sent = true
      const http = await this.#post(call, signal)
      this.counters.received(http.body.length)
      this.counters.answered(performance.now() - started)
      return http
    } finally {
      this.#slots.release()
    }
  }

  async #post (call: Call, signal: AbortSignal): Promise<HttpReply> {
    this.counters.sent(call)
    try {
      return await this.#transport.post(call, signal)
    } catch (error) {
      if (!(error instanceof NetworkError) || !call.repeatable || signal.aborted) throw error
      this.counters.sent(call)
      return await this.#transport.post(call, signal)
    }
  }

  async #probe (): Promise<Failure | undefined> {
    try {
      await this.#limited(new Call('/', [['PING']]))
      this.#changeState('connected')
    } catch (error) {
      this.counters.failed(error)
      const failure = failureOf(error)
      if (failure !== undefined) this.#changeState(stateOf(error), error)
      return failure
    }
  }

  #changeState (state: ClientState, error?: unknown): void {
    if (state === this.state) return
    this.state = state
    this.#onState(state, error)
  }
}
