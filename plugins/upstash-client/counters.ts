import { createHistogram } from 'node:perf_hooks'
import type { Call } from './call.ts'
import { errorKind, type ErrorKind } from './errors.ts'
import type { BreakerState, ClientStats } from './interface.ts'

/** What `stats()` is made of. */
export class Counters {
  readonly subscriptions = { open: 0, total: 0, gaps: 0 }
  readonly #errors: Record<ErrorKind, number> = {
    timeout: 0,
    network: 0,
    unauthorized: 0,
    rate_limited: 0,
    over_quota: 0,
    server: 0,
    bad_reply: 0,
    reply_too_large: 0,
    circuit_open: 0,
    closed: 0,
    command: 0
  }

  readonly #bytes = { sent: 0, received: 0 }
  readonly #microseconds = createHistogram()
  #roundTrips = 0
  #commands = 0
  #innerCalls = 0

  sent (call: Call): void {
    this.#roundTrips++
    this.#commands += call.commands.length
    this.#bytes.sent += Buffer.byteLength(call.body)
  }

  /** A call was answered: what its scripts declare was executed. */
  ran (call: Call): void {
    this.#innerCalls += call.innerCalls
  }

  streamRequested (): void {
    this.#roundTrips++
    this.#commands++
  }

  received (bytes: number): void {
    this.#bytes.received += bytes
  }

  answered (milliseconds: number): void {
    this.#microseconds.record(Math.max(1, Math.round(milliseconds * 1000)))
  }

  /** Takes any error; what has no code of ours is not counted. */
  failed (error: unknown): void {
    const kind = errorKind(error)
    if (kind !== undefined && Object.hasOwn(this.#errors, kind)) this.#errors[kind]++
  }

  snapshot (breaker: BreakerState): ClientStats {
    const percentile = (p: number) => this.#microseconds.count === 0 ? null : this.#microseconds.percentile(p) / 1000
    return {
      roundTrips: this.#roundTrips,
      commands: this.#commands,
      billedCommands: this.#commands + this.#innerCalls,
      errors: { ...this.#errors },
      bytes: { ...this.#bytes },
      latency: { p50: percentile(50), p99: percentile(99) },
      breaker,
      subscriptions: { ...this.subscriptions }
    }
  }
}
