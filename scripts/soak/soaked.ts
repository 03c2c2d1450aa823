import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { CacheModel, Read } from '../../test/cache-model.ts'
import { realClock } from '../../test/test-clock.ts'
import { JUDGED_AFTER } from './bounds.ts'
import type { Assignment, Figures, FromProcess, ToProcess } from './messages.ts'

/** A process that is soaked, as the first one sees it. */
export class Soaked {
  readonly name: string
  /** Bytes in use after each collection. */
  readonly heap: number[] = []
  figures: Figures | undefined
  readonly #model: CacheModel
  readonly #child
  readonly #exited: Promise<unknown>
  #reads: Read[] = []

  constructor (model: CacheModel, assignment: Assignment) {
    this.name = assignment.name
    this.#model = model
    const program = new URL('process.ts', import.meta.url).pathname
    this.#child = fork(program, [JSON.stringify(assignment)], { execArgv: ['--import', 'tsx', '--expose-gc'] })
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (message: FromProcess) => { this.#take(message) })
  }

  async stop (): Promise<void> {
    this.#send({ tell: 'stop' })
    await this.#exited
  }

  /** Resolves when the process has ended, which it does not by itself. */
  async ended (): Promise<void> {
    await this.#exited
  }

  kill (): void {
    this.#child.kill('SIGKILL')
  }

  /** What was read until a while ago: by then all processes have told what they had invalidated before. */
  judge (before = realClock.elapsed() - JUDGED_AFTER): void {
    const later = this.#reads.findIndex(({ at }) => at >= before)
    for (const read of this.#reads.splice(0, later < 0 ? this.#reads.length : later)) this.#model.saw(read)
  }

  async #take (message: FromProcess): Promise<void> {
    if (message.tell === 'saw') this.#reads.push(message.read)
    else if (message.tell === 'heap') this.heap.push(message.bytes)
    else if (message.tell === 'invalidated') this.#model.invalidated(message.invalidation)
    else if (message.tell === 'delivered') this.#model.delivered(this.name, message.at)
    else if (message.tell === 'ended') this.figures = message.figures
    else if (message.tell === 'write') this.#send({ tell: 'answer', call: message.call, written: await this.#model.write(message.ids) })
    else this.#send({ tell: 'answer', call: message.call, version: await this.#model.read(message.ids[0] ?? '') })
  }

  #send (message: ToProcess): void {
    if (this.#child.connected) this.#child.send(message)
  }
}
