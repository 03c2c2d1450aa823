import { createHash } from 'node:crypto'
import { CommandError } from './errors.ts'
import type { CommandArgument, Command, Reply, RunOptions, Script, UpstashClient } from './interface.ts'

/** See {@link Script}. */
export class RedisScript implements Script {
  readonly sha1: string
  readonly #client: Pick<UpstashClient, 'send'>
  readonly #source: string

  constructor (client: Pick<UpstashClient, 'send'>, source: string) {
    this.#client = client
    this.#source = source
    this.sha1 = createHash('sha1').update(source).digest('hex')
  }

  async run<T = Reply> (keys: readonly string[], args: readonly CommandArgument[], options?: RunOptions): Promise<T> {
    const rest = [String(keys.length), ...keys, ...args] as const
    try {
      return await this.#client.send<T>(['EVALSHA', this.sha1, ...rest], options)
    } catch (error) {
      // NOSCRIPT: nothing was run, so sending the source is no repetition.
      if (!(error instanceof CommandError) || error.redisCode !== 'NOSCRIPT') throw error
      return await this.#client.send<T>(['EVAL', this.#source, ...rest] satisfies Command, options)
    }
  }
}
