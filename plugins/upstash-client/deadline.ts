import { TimeoutError } from './errors.ts'

/** Work that settles by its time limit at the latest: nobody waits longer, whatever the work does with its signal. */
export class Deadline<T> {
  /** What error messages say of it. */
  readonly call: string
  readonly result: Promise<T>
  readonly #controller = new AbortController()
  #reject: ((error: Error) => void) | undefined
  #sentAt: number | undefined

  /** Begins the work, which calls `begin` when it has left the queue for a socket. `ms` is its time limit. */
  constructor (call: string, ms: number, work: (signal: AbortSignal, begin: () => void) => Promise<T>) {
    this.call = call
    this.result = new Promise<T>((resolve, reject) => {
      this.#reject = reject
      // Where the event loop was blocked, the reply may be in the socket's buffer: it is read before the limit is judged.
      const timer = setTimeout(() => setImmediate(() => this.cut(new TimeoutError(call, ms, this.#unanswered()))), ms)
      work(this.#controller.signal, () => { this.#sentAt = performance.now() }).then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  #unanswered (): number | undefined {
    return this.#sentAt === undefined ? undefined : performance.now() - this.#sentAt
  }

  /** Ends the work before its time. */
  cut (error: Error): void {
    this.#reject?.(error)
    this.#controller.abort(error)
  }
}
