import { inTime } from './in-time.ts'

/** Milliseconds that several steps share, from the first of them on. */
export class Budget {
  readonly #milliseconds: number
  #end: number | undefined

  constructor (milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  get begun (): boolean {
    return this.#end !== undefined
  }

  /** Begins where no step has. Answers milliseconds. */
  left (): number {
    const now = performance.now()
    this.#end ??= now + this.#milliseconds
    return Math.max(0, this.#end - now)
  }

  /** What a step answers; undefined where that takes longer than what is left. */
  async wait<T> (step: Promise<T>): Promise<T | undefined> {
    return await inTime(this.left(), step)
  }
}
