import { backoffDelay, type BackoffOptions } from './backoff.ts'
import type { BreakerState } from './interface.ts'

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly threshold: number
  /** Delays before its probes. */
  readonly backoff: BackoffOptions
}

/** How a call or a probe failed, as far as the breaker cares. */
export interface Failure {
  /** Opens the breaker by itself: asking again at once cannot help. */
  readonly decisive: boolean
  /** Seconds that the endpoint asked to be left alone for. */
  readonly retryAfter?: number | undefined
}

/**
 * Refuses calls while Redis fails, so that an outage costs its callers nothing. No caller is ever made to wait for, or be,
 * the probe: one PING in the background is, and only where a call was refused since the last one.
 */
export class Breaker {
  state: BreakerState = 'closed'
  readonly #options: BreakerOptions
  readonly #probe: () => Promise<Failure | undefined>
  #failures = 0
  // Calls begun before a change of state may end long after it; their outcome says nothing of now.
  #era = 0
  // How often it was tried in vain since Redis last was well for a while.
  #failedProbes = 0
  #closedAt = -Infinity
  #notBefore = 0
  #wanted = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  /** `probe` never rejects; it answers how it failed, or undefined. */
  constructor (options: BreakerOptions, probe: () => Promise<Failure | undefined>) {
    this.#options = options
    this.#probe = probe
  }

  /** A ticket to report the call's outcome with, or undefined: do not call. */
  enter (): number | undefined {
    if (this.state === 'closed') return this.#era
    this.#wanted = true
    this.#schedule()
  }

  /** Whether a call with this ticket may still go out. */
  admits (ticket: number): boolean {
    return ticket === this.#era
  }

  succeeded (ticket: number): void {
    if (ticket === this.#era) this.#failures = 0
  }

  /** Answers whether this failure opened it. */
  failed (ticket: number, failure: Failure): boolean {
    if (ticket !== this.#era || this.state !== 'closed') return false
    if (++this.#failures < this.#options.threshold && !failure.decisive) return false
    this.#open(failure)
    return true
  }

  stop (): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #open (failure: Failure): void {
    this.state = 'open'
    this.#era++
    // A probe's answer proves little where calls fail soon after: the delays then go on growing.
    if (performance.now() - this.#closedAt > this.#options.backoff.max) this.#failedProbes = 0
    else this.#failedProbes++
    this.#backOff(failure)
  }

  #close (): void {
    this.state = 'closed'
    this.#closedAt = performance.now()
    this.#failures = 0
  }

  #backOff ({ retryAfter = 0 }: Failure): void {
    const delay = backoffDelay(this.#options.backoff, this.#failedProbes)
    this.#notBefore = performance.now() + Math.max(delay, retryAfter * 1000)
  }

  #schedule (): void {
    if (this.state !== 'open' || this.#timer !== undefined || this.#stopped) return
    this.#timer = setTimeout(() => this.#runProbe(), Math.max(0, this.#notBefore - performance.now())).unref()
  }

  async #runProbe (): Promise<void> {
    this.#timer = undefined
    this.#wanted = false
    this.state = 'probing'
    const failure = await this.#probe()
    if (failure === undefined) return this.#close()
    this.state = 'open'
    this.#failedProbes++
    this.#backOff(failure)
    if (this.#wanted) this.#schedule()
  }
}
