import type { FastifyBaseLogger } from 'fastify'
import { errorKind, type TimeoutError } from '../upstash-client/index.ts'

export interface ContactOptions {
  readonly log: FastifyBaseLogger
  /** Redis cannot be asked any more; it can again, and what is held here is there. */
  readonly onAway: () => void
  readonly onBack: () => void
}

// Answers of the client that say for sure that nothing was applied.
const REFUSED = new Set<unknown>(['circuit_open', 'unauthorized', 'rate_limited', 'over_quota'])

/** Whether Redis can be asked, by what came of the last questions. */
export class Contact {
  readonly #options: ContactOptions
  #isAway = false
  #hasFailed = false
  #hasEnded = false

  constructor (options: ContactOptions) {
    this.#options = options
  }

  get isAway (): boolean { return this.#isAway }

  /** Undefined where Redis could not be asked; `onUncertain` where it may have been applied all the same. */
  async ask<T> (send: () => Promise<T>, onUncertain?: () => void): Promise<T | undefined> {
    if (this.#hasEnded) return undefined
    try {
      return await send()
    } catch (error) {
      const kind = errorKind(error)
      this.#hasFailed = true
      const wasSent = !REFUSED.has(kind) && (error as Partial<TimeoutError>).sent !== false
      if (wasSent) onUncertain?.()
      this.#lose(kind)
      return undefined
    }
  }

  /** Answers whether all went through that was asked meanwhile. */
  async attempt (run: () => Promise<void>): Promise<boolean> {
    this.#hasFailed = false
    await run()
    return !this.#hasFailed
  }

  /** What goes through ends the time in which Redis could not be asked; only when all of it is there, for the watches look at it then. */
  async regain (run: () => Promise<void>): Promise<void> {
    const { log, onBack } = this.#options
    if (!await this.attempt(run) || !this.#isAway) return
    this.#isAway = false
    log.info('presence is shared by all processes again')
    onBack()
  }

  /** Nothing is asked any more. */
  end (): void {
    this.#hasEnded = true
  }

  #lose (kind: string | undefined): void {
    const { log, onAway } = this.#options
    if (this.#isAway || this.#hasEnded) return
    this.#isAway = true
    log.warn({ error: kind }, 'presence knows the connections of this process alone, since Redis cannot be asked')
    onAway()
  }
}
