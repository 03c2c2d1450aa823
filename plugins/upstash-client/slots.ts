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
      const turn = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.#waiting.delete(turn)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.add(turn)
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
