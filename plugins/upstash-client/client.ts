import { Redis } from '@upstash/redis'
import { Call } from './call.ts'
import { InvalidCommandError } from './errors.ts'
import { Exchange, type ExchangeOptions, type StateListener } from './exchange.ts'
import type {
  CallOptions, ClientState, ClientStats, Command, Reply, Result, RunOptions, Script, SubscribeOptions, Subscription, UpstashClient
} from './interface.ts'
import { UpstashRequester } from './requester.ts'
import { RedisScript } from './script.ts'
import { SupervisedStream, type StreamContext } from './subscription.ts'
import { Transport, type TransportOptions } from './transport.ts'

export interface ClientOptions extends TransportOptions, ExchangeOptions, Pick<StreamContext, 'log'> {
  readonly onState: StateListener
}

/** See {@link UpstashClient}. */
export class HttpUpstashClient implements UpstashClient {
  readonly redis: Redis
  readonly timeLimit: number
  readonly #transport: Transport
  readonly #exchange: Exchange
  readonly #streamContext: StreamContext
  readonly #streams = new Set<SupervisedStream>()
  #closed = false

  constructor (options: ClientOptions) {
    this.timeLimit = options.timeLimit
    this.#transport = new Transport(options)
    this.#exchange = new Exchange(this.#transport, options, options.onState)
    this.#streamContext = { ...options, transport: this.#transport, counters: this.#exchange.counters }
    this.redis = new Redis(new UpstashRequester({
      exchange: this.#exchange,
      stream: (path, onEvent, options) => this.#stream(path, onEvent, options),
      syncToken: this.#transport.syncToken
    }))
  }

  get state (): ClientState {
    return this.#exchange.state
  }

  async send<T = Reply> (command: Command, options?: RunOptions): Promise<T> {
    // The reply's type follows from the command, which the caller chose.
    return await this.#exchange.runSingle(new Call('/', [command], options)) as T
  }

  async batch (commands: readonly Command[], options?: CallOptions): Promise<Result[]> {
    if (commands.length === 0) return []
    return await this.#exchange.run(new Call('/pipeline', commands, options))
  }

  script (source: string): Script {
    return new RedisScript(this, source, this.#streamContext.timeLimit)
  }

  async ping (): Promise<boolean> {
    return await this.send(['PING']).then(() => true, () => false)
  }

  subscribe (channel: string, onMessage: (message: string) => unknown, options: SubscribeOptions = {}): Subscription {
    if (typeof channel !== 'string' || channel === '' || !channel.isWellFormed()) {
      throw new InvalidCommandError('SUBSCRIBE', 'a channel is a string of well-formed Unicode, and not empty')
    }
    // A channel's name may have commas in it, so the event is not split at them.
    const prefix = `message,${channel},`
    const onEvent = (data: string) => data.startsWith(prefix) ? onMessage(data.slice(prefix.length)) : undefined
    return this.#stream(`/subscribe/${encodeURIComponent(channel)}`, onEvent, options)
  }

  stats (): ClientStats {
    return this.#exchange.counters.snapshot(this.#exchange.breaker.state)
  }

  async close (): Promise<void> {
    this.#closed = true
    for (const stream of this.#streams) stream.close()
    await this.#exchange.close()
    await this.#transport.destroy()
    await Promise.all([...this.#streams].map(stream => stream.ended))
  }

  #stream (path: string, onEvent: (data: string) => unknown, options: SubscribeOptions): Subscription {
    const stream = new SupervisedStream(this.#streamContext, path, onEvent, this.#closed ? { signal: AbortSignal.abort() } : options)
    this.#streams.add(stream)
    stream.ended.then(() => this.#streams.delete(stream))
    return stream
  }
}
