import { createHash } from 'node:crypto'
import { CommandError } from './errors.ts'
import type { CommandArgument, Command, Reply, RunOptions, Script, UpstashClient } from './interface.ts'

/** See {@link Script}. */
export class RedisScript implements Script {
  readonly sha1: string
  readonly #client: Pick<UpstashClient, 'send'>
  readonly #source: string
  readonly #timeLimit: number

  constructor (client: Pick<UpstashClient, 'send'>, source: string, timeLimit: number) {
    this.#client = client
    this.#source = source
    this.#timeLimit = timeLimit
    this.sha1 = createHash('sha1').update(source).digest('hex')
  }

  async run<T = Reply> (keys: readonly string[], args: readonly CommandArgument[], options?: RunOptions): Promise<T> {
    const rest = [String(keys.length), ...keys, ...args] as const
    const started = performance.now()
    try {
      return await this.#client.send<T>(['EVALSHA', this.sha1, ...rest], options)
    } catch (error) {
      // NOSCRIPT: nothing was run, so sending the source is no repetition.
      if (!(error instanceof CommandError) || error.redisCode !== 'NOSCRIPT') throw error
      const timeLimit = Math.max(1, (options?.timeLimit ?? this.#timeLimit) - (performance.now() - started))
      return await this.#client.send<T>(['EVAL', this.#source, ...rest] satisfies Command, { ...options, timeLimit })
    }
  }
}
