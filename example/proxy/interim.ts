import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { Agent, type Dispatcher } from 'undici'

const clients = new AsyncLocalStorage<ServerResponse>()

/** Runs what asks the origin, so that its interim replies go to a client. */
export const forwardingTo = <Result>(client: ServerResponse, ask: () => Result): Result => clients.run(client, ask)

/** Asks origins, and forwards their interim replies as a proxy must: RFC 9110, 15.2. */
export function interimAgent (): { request: Dispatcher['request'], destroy: () => Promise<void> } {
  const agent = new Agent()
  const request = (options: Dispatcher.RequestOptions & { origin: string }, callback: (error: Error | null, data: Dispatcher.ResponseData) => void): void => {
    const client = clients.getStore()
    agent.request({ ...options, onInfo: info => forward(client, info) }, callback)
  }
  return { request: request as Dispatcher['request'], destroy: () => agent.destroy() }
}

/** Those that Node can send; 100 and 101 are of one connection, and HTTP/1.0 has none. */
function forward (client: ServerResponse | undefined, { statusCode, headers }: { statusCode: number, headers: Record<string, string | string[]> }): void {
  if (client?.req.httpVersion !== '1.1') return
  if (statusCode === 102) client.writeProcessing()
  // Node refuses links that it does not understand, and these are hints alone.
  if (statusCode === 103) try { client.writeEarlyHints(headers) } catch {}
}
