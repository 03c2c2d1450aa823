import type { Requester, UpstashRequest, UpstashResponse } from '@upstash/redis'
import { Call, type CallPath } from './call.ts'
import { InvalidCommandError } from './errors.ts'
import type { Command, Result, SubscribeOptions, Subscription } from './interface.ts'

/** What the SDK's typed client needs of ours. */
export interface RequesterHost {
  run (call: Call): Promise<Result[]>
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
    const path = `/${(request.path ?? []).join('/')}`
    const answer = request.isStreaming === true ? this.#stream(request) : await this.#run(path, request.body)
    // The SDK trusts its Requester to answer in the type of the command that it sent.
    return answer as UpstashResponse<T>
  }

  async #run (path: string, body: unknown): Promise<object> {
    if (!isCallPath(path) || !Array.isArray(body)) throw new InvalidCommandError('request', 'not a command, a pipeline or a transaction')
    const commands = path === '/' ? [body] : body
    const results = await this.#host.run(new Call(path, commands.map(stringifyBooleans)))
    // Error texts are ours, since Redis's own may repeat arguments.
    const outcomes = results.map(result => result.ok ? { result: result.value } : { error: result.error.message })
    const [single] = results
    if (path !== '/' || single === undefined) return outcomes
    if (!single.ok) throw single.error
    return { result: single.value }
  }

  #stream ({ path = [], onMessage, signal }: UpstashRequest): object {
    this.#host.stream(`/${path.map(encodeURIComponent).join('/')}`, data => onMessage?.(data), signal === undefined ? {} : { signal })
    return { result: 1 }
  }
}

function isCallPath (path: string): path is CallPath {
  return path === '/' || path === '/pipeline' || path === '/multi-exec'
}

function stringifyBooleans (command: readonly unknown[]): Command {
  return command.map(argument => typeof argument === 'boolean' ? String(argument) : argument) as unknown as Command
}
