import { LONGEST_TIMER, type PresenceClock } from './clock.ts'
import type { CustomStatus } from './interface.ts'

/** Custom statuses by user, each until it expires. One timer for all, at the earliest end. */
export class CustomStatuses {
  readonly #clock: PresenceClock
  readonly #onExpired: (userId: string) => void
  readonly #statuses = new Map<string, CustomStatus>()
  #cancel = () => {}
  // No status expires before this.
  #earliest = Infinity

  constructor (clock: PresenceClock, onExpired: (userId: string) => void) {
    this.#clock = clock
    this.#onExpired = onExpired
  }

  get (userId: string): CustomStatus | undefined {
    return this.#statuses.get(userId)
  }

  /** Answers whether that changed anything. One that has expired already is none. */
  set (userId: string, status: CustomStatus | null): boolean {
    const before = this.#statuses.get(userId)
    const { expiresAt = Infinity } = status ?? {}
    if (status === null || expiresAt <= this.#clock.now()) return this.#statuses.delete(userId)
    this.#statuses.set(userId, status)
    if (expiresAt < this.#earliest) this.#wakeAt(expiresAt)
    return before?.text !== status.text || before.emoji !== status.emoji || before.expiresAt !== status.expiresAt
  }

  delete (userId: string): void {
    this.#statuses.delete(userId)
  }

  /**
   * Ends what has expired. The timer does so too, but it may be late, by hours where the host was suspended: whoever reads
   * calls this first.
   */
  expire (): void {
    const now = this.#clock.now()
    if (now < this.#earliest) return
    const expired: string[] = []
    let earliest = Infinity
    for (const [userId, { expiresAt = Infinity }] of this.#statuses) {
      if (expiresAt <= now) expired.push(userId)
      else earliest = Math.min(earliest, expiresAt)
    }
    this.#wakeAt(earliest)
    for (const userId of expired) this.#statuses.delete(userId)
    expired.forEach(this.#onExpired)
  }

  clear (): void {
    this.#statuses.clear()
    this.#wakeAt(Infinity)
  }

  #wakeAt (time: number): void {
    this.#cancel()
    this.#earliest = time
    if (time === Infinity) return
    this.#cancel = this.#clock.after(Math.min(time - this.#clock.now(), LONGEST_TIMER), () => {
      // Timers and the clock that people read need not agree, and a far end takes more than one timer.
      if (this.#clock.now() < time) this.#wakeAt(time)
      else this.expire()
    })
  }
}
