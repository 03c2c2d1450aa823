import type { Requester, UpstashRequest, UpstashResponse } from '@upstash/redis'
import { Call, type CallPath } from './call.ts'
import { InvalidCommandError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Command, SubscribeOptions, Subscription } from './interface.ts'

/** What the SDK's typed client needs of ours. */
export interface RequesterHost {
  readonly exchange: Exchange
  stream (path: string, onEvent: (data: string) => void, options: SubscribeOptions): Subscription
  syncToken: { value: string }
}

/** The SDK's commands on our transport: time limit, retry rule, breaker and redacted errors hold for them too. */
export class UpstashRequester implements Requester {
  readonly readYourWrites = true
  readonly #host: RequesterHost

  constructor (host: RequesterHost) {
    this.#host = host
  }

  get upstashSyncToken (): string {
    return this.#host.syncToken.value
  }

  set upstashSyncToken (token: string) {
    this.#host.syncToken.value = token
  }

  async request<T> (request: UpstashRequest): Promise<UpstashResponse<T>> {
    const path = `/${(request.path ?? []).map(encodeURIComponent).join('/')}`
    const answer = request.isStreaming === true ? this.#stream(path, request) : await this.#run(path, request.body)
    // The SDK trusts its Requester to answer in the type of the command that it sent.
    return answer as UpstashResponse<T>
  }

  async #run (path: string, body: unknown): Promise<object> {
    if (!isCallPath(path) || !Array.isArray(body)) throw new InvalidCommandError('request', 'not a command, a pipeline or a transaction')
    const { exchange } = this.#host
    if (path === '/') return { result: await exchange.runSingle(new Call(path, [stringifyBooleans(body)])) }
    const results = await exchange.run(new Call(path, body.map(stringifyBooleans)))
    // Error texts are ours, since Redis's own may repeat arguments.
    return results.map(result => result.ok ? { result: result.value } : { error: result.error.message })
  }

  #stream (path: string, { onMessage, signal }: UpstashRequest): object {
    this.#host.stream(path, data => onMessage?.(data), { signal })
    return { result: 1 }
  }
}

function isCallPath (path: string): path is CallPath {
  return path === '/' || path === '/pipeline' || path === '/multi-exec'
}

function stringifyBooleans (command: readonly unknown[]): Command {
  return command.map(argument => typeof argument === 'boolean' ? String(argument) : argument) as unknown as Command
}
