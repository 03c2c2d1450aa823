import { setImmediate } from 'node:timers/promises'
import type { Command, Result } from '../upstash-client/index.ts'

/** Outcomes in the order of the commands; undefined where the request failed as a whole. Does not reject. */
export type SendAll = (commands: readonly Command[]) => Promise<Result[] | undefined>

/** Small enough that one does not hold up what is asked meanwhile; far below Upstash's 10 MB a request. */
const MAX_COMMANDS = 250
const MAX_CHARACTERS = 1_000_000

interface Batch {
  readonly commands: Command[]
  characters: number
  readonly results: Promise<Result[] | undefined>
}

/** Joins what is written within one turn of the event loop into few requests: a burst of loads must not fill every socket. */
export class SharedPipeline {
  readonly #send: SendAll
  readonly #underWay = new Set<Promise<unknown>>()
  /** Of this turn, while it has room. */
  #batch: Batch | undefined

  constructor (send: SendAll) {
    this.#send = send
  }

  /** Sends commands in one request and in their order, beside those of others. */
  async add (commands: readonly Command[]): Promise<Result[] | undefined> {
    const characters = commands.flat().reduce<number>((sum, argument) => sum + String(argument).length, 0)
    const batch = this.#batch !== undefined && hasRoom(this.#batch, commands.length, characters) ? this.#batch : this.#open()
    const start = batch.commands.length
    batch.commands.push(...commands)
    batch.characters += characters
    return (await batch.results)?.slice(start, start + commands.length)
  }

  async settled (): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #open (): Batch {
    const commands: Command[] = []
    const results = setImmediate().then(async () => {
      if (this.#batch === batch) this.#batch = undefined
      return await this.#send(commands)
    })
    const batch: Batch = { commands, characters: 0, results }
    this.#batch = batch
    this.#underWay.add(results)
    results.finally(() => this.#underWay.delete(results))
    return batch
  }
}

function hasRoom ({ commands, characters }: Batch, moreCommands: number, moreCharacters: number): boolean {
  return commands.length + moreCommands <= MAX_COMMANDS && characters + moreCharacters <= MAX_CHARACTERS
}
