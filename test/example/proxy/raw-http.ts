import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

/** A request as an origin saw it. */
export interface Seen { method: string, url: string, rawHeaders: string[], body: string }

export interface Origin { readonly url: URL, readonly seen: Seen[] }

/** An HTTP server of a test's own that keeps what it is asked. */
export async function startOrigin (t: Test, listener: RequestListener): Promise<Origin> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', rawHeaders } = request
    seen.push({ method, url, rawHeaders, body: await text(request) })
    listener(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.close(); server.closeAllConnections() })
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), seen }
}

export interface RawReply { status: number, message: string, rawHeaders: string[], headers: IncomingMessage['headers'], body: string }

/** A request with any method and any header lines, which `fetch` would not send. */
export async function ask (url: string | URL, { method = 'GET', headers = {}, body = '' }: { method?: string, headers?: OutgoingHttpHeaders, body?: string } = {}): Promise<RawReply> {
  // Node frames no body of DELETE and the like by itself, and writes the headers in the encoding of a body that is a string.
  const length = body === '' || 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) }
  const request = httpRequest(url, { method, headers: { ...length, ...headers }, agent: false })
  request.end(body === '' ? undefined : Buffer.from(body))
  const [response] = await once(request, 'response') as [IncomingMessage]
  const { statusCode: status = 0, statusMessage: message = '', rawHeaders } = response
  return { status, message, rawHeaders, headers: response.headers, body: await text(response) }
}

/** The values of all lines of a name. */
export function linesOf (rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}
