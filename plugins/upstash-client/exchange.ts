import { Breaker, type BreakerOptions, type Failure } from './breaker.ts'
import { Call } from './call.ts'
import { Counters } from './counters.ts'
import { Deadline } from './deadline.ts'
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
  readonly #inFlight = new Set<Deadline<Result[]>>()
  #probing: Deadline<Result[]> | undefined
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
      return await this.#limited(call, ticket)
    } catch (error) {
      this.counters.failed(error)
      throw error
    }
  }

  /** The reply to a call of one command; rejects also where Redis refused it. */
  async runSingle (call: Call): Promise<Reply> {
    // As many outcomes as commands, and a single command's refusal has been thrown.
    const [{ value }] = await this.run(call) as [Extract<Result, { ok: true }>]
    return value
  }

  /** Refuses new calls; those in flight have a moment to end, then they are cut off. */
  async close (): Promise<void> {
    this.#closed = true
    this.breaker.stop()
    this.#probing?.cut(new ClientClosedError(this.#probing.call))
    const cutOff = setTimeout(() => {
      for (const deadline of this.#inFlight) deadline.cut(new ClientClosedError(deadline.call))
    }, CLOSE_GRACE)
    await Promise.allSettled([...this.#inFlight].map(({ result }) => result))
    clearTimeout(cutOff)
  }

  async #limited (call: Call, ticket: number): Promise<Result[]> {
    const deadline = new Deadline(call.toString(), call.timeLimit ?? this.#timeLimit, (signal, begin) => this.#send(call, ticket, signal, begin))
    this.#inFlight.add(deadline)
    return await deadline.result.catch((error: unknown) => {
      if (error instanceof TimeoutError) this.#judge(call, ticket, error)
      throw error
    }).finally(() => this.#inFlight.delete(deadline))
  }

  async #send (call: Call, ticket: number, signal: AbortSignal, begin: () => void): Promise<Result[]> {
    const started = performance.now()
    await this.#slots.take(signal)
    return await this.#sendNow(call, ticket, signal, begin, started).finally(() => this.#slots.release())
  }

  async #sendNow (call: Call, ticket: number, signal: AbortSignal, begin: () => void, started: number): Promise<Result[]> {
    try {
      // The breaker may have opened while the call waited: what waits in line is refused like what comes.
      if (!this.breaker.admits(ticket)) throw new CircuitOpenError(call.toString())
      begin()
      const outcomes = this.#read(call, await this.#post(call, ticket, signal), started)
      this.#answered(ticket)
      this.counters.ran(call)
      for (const outcome of outcomes) if (!outcome.ok) this.counters.failed(outcome.error)
      return outcomes
    } catch (error) {
      // Before the slot is given on: whoever gets it must find the breaker as this call leaves it.
      if (!signal.aborted) this.#judge(call, ticket, error)
      throw error
    }
  }

  #judge (call: Call, ticket: number, error: unknown): void {
    const failure = failureOf(error)
    // A call that had less time than is normal says nothing of Redis when it runs out.
    const impatient = error instanceof TimeoutError && call.timeLimit !== undefined && call.timeLimit < this.#timeLimit
    if (failure !== undefined && !impatient) this.#failed(ticket, failure, error)
    else if (isAnswer(error)) this.#answered(ticket)
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

  async #post (call: Call, ticket: number, signal: AbortSignal): Promise<HttpReply> {
    this.counters.sent(call)
    try {
      return await this.#transport.post(call, signal)
    } catch (error) {
      if (!(error instanceof NetworkError) || !call.repeatable || signal.aborted || !this.breaker.admits(ticket)) throw error
      this.counters.sent(call)
      return await this.#transport.post(call, signal)
    }
  }

  #read (call: Call, http: HttpReply, started: number): Result[] {
    this.counters.received(http.body.length)
    this.counters.answered(performance.now() - started)
    return readReply(call, http)
  }

  /** One PING. It needs no slot: that of the call which opened the breaker is free, and no other call is let in. */
  async #probe (): Promise<Failure | undefined> {
    const call = new Call('/', [['PING']])
    const started = performance.now()
    this.#probing = new Deadline(call.toString(), this.#timeLimit, async (signal, begin) => {
      begin()
      this.counters.sent(call)
      return this.#read(call, await this.#transport.post(call, signal), started)
    })
    try {
      await this.#probing.result
      this.#changeState('connected')
    } catch (error) {
      this.counters.failed(error)
      const failure = failureOf(error)
      if (failure !== undefined) this.#changeState(stateOf(error), error)
      return failure
    }
  }

  #changeState (state: ClientState, error?: unknown): void {
    if (state === this.state || this.#closed) return
    this.state = state
    this.#onState(state, error)
  }
}
