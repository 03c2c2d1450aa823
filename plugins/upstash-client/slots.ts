/**
 * A bounded number of requests under way at once, first come, first served. The HTTP client would queue by itself,
 * but would not tell which requests it never sent.
 */
export class Slots {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor (count: number) {
    this.#free = count
  }

  /** Waits for a slot; rejects with the signal's reason where it is aborted before. */
  async take (signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free--
      return
    }
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(resolve)
      signal.addEventListener('abort', () => {
        this.#waiting.delete(resolve)
        reject(signal.reason)
      }, { once: true })
    })
  }

  /** Gives a slot on to whoever waits longest. */
  release (): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
