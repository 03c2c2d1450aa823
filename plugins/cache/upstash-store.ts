import type { FastifyBaseLogger } from 'fastify'
import { errorKind, type Command, type ErrorKind, type Result, type UpstashClient } from '../upstash-client/index.ts'
import type { RedisFigures } from './interface.ts'
import { KeptInvalidations } from './kept-invalidations.ts'
import { SharedPipeline } from './shared-pipeline.ts'
import { SharedRead, type Text } from './shared-read.ts'
import { isTexts, Stamping } from './stamping.ts'
import type { Stamps } from './stamps.ts'
import { MAX_NAMES, type StampRequest, type Store } from './store.ts'

/** Keeps entries and stamps in Redis. */
export class UpstashStore implements Store {
  readonly enabled = true
  /** Since the client's circuit breaker refused a call, until one succeeds. */
  isAway = false
  readonly timeLimit: number
  readonly #client: UpstashClient
  readonly #reads = new SharedRead(names => this.#ask(names), MAX_NAMES)
  readonly #pipeline = new SharedPipeline(commands => this.#sendAll(commands))
  readonly #stamping = new Stamping(commands => this.#pipeline.add(commands))
  readonly #kept: KeptInvalidations
  readonly #errors: Partial<Record<ErrorKind, number>> = {}
  #commands = 0
  #roundTrips = 0

  /** `everything`: the stamp whose removal invalidates all entries. */
  constructor (client: UpstashClient, everything: string, log: FastifyBaseLogger) {
    this.#client = client
    this.timeLimit = client.timeLimit
    this.#kept = new KeptInvalidations({ remove: names => this.#unlink(names), everything, log })
  }

  async read (names: readonly string[]): Promise<Text[]> {
    return await this.#reads.read(names)
  }

  async stamp (request: StampRequest): Promise<Stamps | undefined> {
    return await this.#stamping.stamp(request)
  }

  async write (name: string, text: string, life: number, release: readonly string[] = []): Promise<boolean> {
    const free: Command[] = release.length === 0 ? [] : [['UNLINK', ...release]]
    const [result] = await this.#pipeline.add([['SET', name, text, 'PX', life], ...free]) ?? []
    return result?.ok === true && result.value === 'OK'
  }

  async lock (name: string, life: number): Promise<boolean | undefined> {
    const [result] = await this.#pipeline.add([['SET', name, '1', 'NX', 'PX', life]]) ?? []
    return result?.ok === true ? result.value === 'OK' : undefined
  }

  async release (names: readonly string[]): Promise<void> {
    await this.#pipeline.add([['UNLINK', ...names]])
  }

  async remove (names: readonly string[]): Promise<boolean> {
    const removed = await this.#unlink(names)
    if (!removed) this.removeLater(names)
    return removed
  }

  removeLater (names: readonly string[]): void {
    this.#kept.keep(names)
  }

  figures (): RedisFigures {
    return { commands: this.#commands, roundTrips: this.#roundTrips, errors: { ...this.#errors }, kept: this.#kept.size }
  }

  async close (): Promise<void> {
    await Promise.all([this.#pipeline.settled(), this.#kept.close()])
  }

  /** `end`: when the time limit of who waits runs out; infinite where the client's own limit says it. */
  async #ask (names: readonly string[], end = Infinity): Promise<Text[]> {
    const limit = Math.min(end, performance.now() + this.#client.timeLimit)
    // Before Redis is asked again, it learns what it missed; who waits, waits for both no longer than for one.
    if (this.#kept.size > 0) {
      if (!await this.#kept.resend()) return names.map(() => undefined)
      end = limit
    }
    const options = end === Infinity ? {} : { timeLimit: Math.max(1, end - performance.now()) }
    try {
      const texts = await this.#call(1, async () => await this.#client.send(['MGET', ...names], options))
      if (isTexts(texts, names)) return texts
    } catch (error) {
      if (errorKind(error) === 'reply_too_large') return await this.#askInHalves(names, limit)
    }
    return names.map(() => undefined)
  }

  async #askInHalves (names: readonly string[], end: number): Promise<Text[]> {
    // One value that is too large by itself is as good as none.
    if (names.length === 1) return [null]
    const middle = Math.ceil(names.length / 2)
    const halves = await Promise.all([names.slice(0, middle), names.slice(middle)].map(async half => await this.#ask(half, end)))
    return halves.flat()
  }

  async #unlink (names: readonly string[]): Promise<boolean> {
    // Sent again where the reply is lost: to remove what was made since costs a miss and nothing else.
    return await this.#call(1, async () => await this.#client.send(['UNLINK', ...names], { idempotent: true })).then(() => true, () => false)
  }

  /** Sent once: a late repetition could undo a newer write, or bring back a stamp that was removed. */
  async #sendAll (commands: readonly Command[]): Promise<Result[] | undefined> {
    return await this.#call(commands.length, async () => await this.#client.batch(commands)).catch(() => undefined)
  }

  async #call<T> (commands: number, send: () => Promise<T>): Promise<T> {
    try {
      const reply = await send()
      this.isAway = false
      this.#count(commands)
      return reply
    } catch (error) {
      const kind = errorKind(error)
      if (kind !== undefined) this.#errors[kind] = (this.#errors[kind] ?? 0) + 1
      // What the client refused by itself was not sent.
      if (kind === 'circuit_open') this.isAway = true
      else if (kind !== 'closed') this.#count(commands)
      throw error
    }
  }

  #count (commands: number): void {
    this.#commands += commands
    this.#roundTrips++
  }
}
