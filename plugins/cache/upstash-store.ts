import { errorKind, type CallOptions, type Command, type ErrorKind, type UpstashClient } from '../upstash-client/index.ts'
import type { RedisFigures } from './interface.ts'
import { SharedRead } from './shared-read.ts'
import type { Store } from './store.ts'

/** The most keys of one MGET, so that no reply and no wait of the database's other callers grows without bound. */
const MAX_KEYS = 1_000

/** Keeps entries in Redis. */
export class UpstashStore implements Store {
  readonly enabled = true
  readonly #client: UpstashClient
  readonly #reads = new SharedRead(keys => this.#ask(keys))
  readonly #writes = new Set<Promise<boolean>>()
  readonly #errors: Partial<Record<ErrorKind, number>> = {}
  #calls = 0

  constructor (client: UpstashClient) {
    this.#client = client
  }

  async read (keys: readonly string[]): Promise<Array<string | null>> {
    return await this.#reads.read(keys)
  }

  async write (key: string, text: string, ttl: number): Promise<boolean> {
    // Sent once: a late repetition could undo a newer write.
    const write = this.#succeeds(['SET', key, text, 'PX', ttl])
    this.#writes.add(write)
    write.finally(() => this.#writes.delete(write))
    return await write
  }

  async remove (keys: readonly string[]): Promise<boolean> {
    // Removing again, even what was stored since, costs a miss and nothing else.
    return await this.#succeeds(['UNLINK', ...keys], { idempotent: true })
  }

  /** Each command of the cache is a round trip of its own. */
  figures (): RedisFigures {
    return { commands: this.#calls, roundTrips: this.#calls, errors: { ...this.#errors } }
  }

  /** Lets writes in flight end, which takes no longer than the client's time limit. */
  async close (): Promise<void> {
    await Promise.all(this.#writes)
  }

  async #ask (keys: readonly string[], atOnce = MAX_KEYS): Promise<Array<string | null>> {
    const parts: Array<Promise<Array<string | null>>> = []
    for (let start = 0; start < keys.length; start += atOnce) parts.push(this.#askOnce(keys.slice(start, start + atOnce)))
    return (await Promise.all(parts)).flat()
  }

  async #askOnce (keys: readonly string[]): Promise<Array<string | null>> {
    try {
      const texts = await this.#call(['MGET', ...keys])
      if (Array.isArray(texts)) return texts
    } catch (error) {
      if (errorKind(error) === 'reply_too_large' && keys.length > 1) return await this.#ask(keys, Math.ceil(keys.length / 2))
    }
    return keys.map(() => null)
  }

  async #succeeds (command: Command, options?: CallOptions): Promise<boolean> {
    return await this.#call(command, options).then(() => true, () => false)
  }

  async #call (command: Command, options?: CallOptions): Promise<unknown> {
    try {
      this.#calls++
      return await this.#client.send(command, options)
    } catch (error) {
      const kind = errorKind(error)
      if (kind !== undefined) this.#errors[kind] = (this.#errors[kind] ?? 0) + 1
      // What the client refuses by itself was not sent.
      if (kind === 'circuit_open' || kind === 'closed') this.#calls--
      throw error
    }
  }
}
