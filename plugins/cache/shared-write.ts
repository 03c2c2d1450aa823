import { setImmediate } from 'node:timers/promises'
import type { Command } from '../upstash-client/index.ts'

/** Whether each command was acknowledged, in their order. Does not reject. */
export type SendAll = (commands: readonly Command[]) => Promise<boolean[]>

/** Small enough that one does not hold up what is asked meanwhile; far below Upstash's 10 MB a request. */
const MAX_COMMANDS = 100
const MAX_CHARACTERS = 1_000_000

interface Batch {
  readonly commands: Command[]
  characters: number
  readonly acknowledged: Promise<boolean[]>
}

/** Joins what is written within one turn of the event loop into few requests: a burst of loads must not fill every socket. */
export class SharedWrite {
  readonly #send: SendAll
  readonly #underWay = new Set<Promise<unknown>>()
  /** Of this turn, while it has room. */
  #batch: Batch | undefined

  constructor (send: SendAll) {
    this.#send = send
  }

  async add (command: Command): Promise<boolean> {
    const characters = command.reduce<number>((sum, argument) => sum + String(argument).length, 0)
    const batch = this.#batch !== undefined && this.#hasRoom(this.#batch, characters) ? this.#batch : this.#open()
    batch.characters += characters
    const index = batch.commands.push(command) - 1
    return (await batch.acknowledged)[index] === true
  }

  async settled (): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #hasRoom ({ commands, characters }: Batch, more: number): boolean {
    return commands.length < MAX_COMMANDS && characters + more <= MAX_CHARACTERS
  }

  #open (): Batch {
    const commands: Command[] = []
    const acknowledged = setImmediate().then(async () => {
      if (this.#batch === batch) this.#batch = undefined
      return await this.#send(commands)
    })
    const batch: Batch = { commands, characters: 0, acknowledged }
    this.#batch = batch
    this.#underWay.add(acknowledged)
    acknowledged.finally(() => this.#underWay.delete(acknowledged))
    return batch
  }
}
