import { errorKind, type Command, type ErrorKind, type UpstashClient } from '../upstash-client/index.ts'
import type { RedisFigures } from './interface.ts'
import { SharedRead } from './shared-read.ts'
import { SharedWrite } from './shared-write.ts'
import type { Store } from './store.ts'

/** The most keys of one MGET, so that no reply and no wait of the database's other callers grows without bound. */
const MAX_KEYS = 1_000

/** Keeps entries in Redis. */
export class UpstashStore implements Store {
  readonly enabled = true
  readonly #client: UpstashClient
  readonly #reads = new SharedRead(keys => this.#ask(keys), MAX_KEYS)
  readonly #writes = new SharedWrite(commands => this.#writeAll(commands))
  readonly #errors: Partial<Record<ErrorKind, number>> = {}
  #commands = 0
  #roundTrips = 0

  constructor (client: UpstashClient) {
    this.#client = client
  }

  async read (keys: readonly string[]): Promise<Array<string | null>> {
    return await this.#reads.read(keys)
  }

  async write (key: string, text: string, ttl: number): Promise<boolean> {
    return await this.#writes.add(['SET', key, text, 'PX', ttl])
  }

  async remove (keys: readonly string[]): Promise<boolean> {
    // Sent again where the reply is lost: to remove what was stored since costs a miss and nothing else.
    return await this.#call(1, async () => await this.#client.send(['UNLINK', ...keys], { idempotent: true })).then(() => true, () => false)
  }

  figures (): RedisFigures {
    return { commands: this.#commands, roundTrips: this.#roundTrips, errors: { ...this.#errors } }
  }

  async settled (): Promise<void> {
    await this.#writes.settled()
  }

  /** `end`: when the time limit of who waits runs out, where this is not the first try. */
  async #ask (keys: readonly string[], end = Infinity): Promise<Array<string | null>> {
    const started = performance.now()
    const options = end === Infinity ? {} : { timeLimit: Math.max(1, end - started) }
    try {
      const texts = await this.#call(1, async () => await this.#client.send(['MGET', ...keys], options))
      // Anything else would give some key another one's value.
      if (Array.isArray(texts) && texts.length === keys.length) return texts as Array<string | null>
    } catch (error) {
      if (errorKind(error) === 'reply_too_large' && keys.length > 1) return await this.#askInHalves(keys, Math.min(end, started + this.#client.timeLimit))
    }
    return keys.map(() => null)
  }

  async #askInHalves (keys: readonly string[], end: number): Promise<Array<string | null>> {
    const middle = Math.ceil(keys.length / 2)
    const halves = await Promise.all([keys.slice(0, middle), keys.slice(middle)].map(async half => await this.#ask(half, end)))
    return halves.flat()
  }

  /** Sent once: a late repetition could undo a newer write. */
  async #writeAll (commands: readonly Command[]): Promise<boolean[]> {
    try {
      const results = await this.#call(commands.length, async () => await this.#client.batch(commands))
      return results.map(({ ok }) => ok)
    } catch {
      return commands.map(() => false)
    }
  }

  async #call<T> (commands: number, send: () => Promise<T>): Promise<T> {
    try {
      const reply = await send()
      this.#count(commands)
      return reply
    } catch (error) {
      const kind = errorKind(error)
      if (kind !== undefined) this.#errors[kind] = (this.#errors[kind] ?? 0) + 1
      // What the client refused by itself was not sent.
      if (kind !== 'circuit_open' && kind !== 'closed') this.#count(commands)
      throw error
    }
  }

  #count (commands: number): void {
    this.#commands += commands
    this.#roundTrips++
  }
}
