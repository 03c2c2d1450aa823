import type { PresenceClock } from './clock.ts'

/** Redis's clock as far as it is known: those of the processes need not agree, not even roughly. */
export class RedisTime {
  readonly #clock: PresenceClock
  #offset = 0

  constructor (clock: PresenceClock) {
    this.#clock = clock
  }

  now (): number {
    return this.of(this.#clock.now())
  }

  /** A time of this process by Redis's clock. */
  of (time: number): number {
    return Math.round(time + this.#offset)
  }

  /** What Redis told, to a question asked then by this process's clock: right to half of the time that the answer took. */
  observe (told: number, asked: number): void {
    this.#offset = told - (asked + this.#clock.now()) / 2
  }
}
