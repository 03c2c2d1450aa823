import type { Invalidation, Read, World, Written } from '../../test/cache-model.ts'
import type { FromProcess, ToProcess } from './messages.ts'

type Answer = Extract<ToProcess, { tell: 'answer' }>

/** The rows, which the soak's first process has: as a database is, for processes that cache it. */
export class RemoteWorld implements World {
  readonly #send: (message: FromProcess) => void
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #calls = 0
  /** When an invalidation was answered last that Redis had not acknowledged; undefined where all are. */
  unacknowledgedSince: number | undefined

  constructor (send: (message: FromProcess) => void) {
    this.#send = send
  }

  async read (id: string): Promise<number> {
    const { version = 0 } = await this.#ask('read', [id])
    return version
  }

  async write (ids: readonly string[]): Promise<Written> {
    const { written } = await this.#ask('write', ids)
    return written ?? { ids, versions: {} }
  }

  invalidated (invalidation: Invalidation): void {
    if (Object.values(invalidation.acknowledged).includes(false)) this.unacknowledgedSince = invalidation.at
    this.#send({ tell: 'invalidated', invalidation })
  }

  saw (read: Read): void {
    this.#send({ tell: 'saw', read })
  }

  answer (answer: Answer): void {
    this.#waiting.get(answer.call)?.(answer)
    this.#waiting.delete(answer.call)
  }

  async #ask (tell: 'read' | 'write', ids: readonly string[]): Promise<Answer> {
    const call = ++this.#calls
    return await new Promise(resolve => {
      this.#waiting.set(call, resolve)
      this.#send({ tell, call, ids })
    })
  }
}
