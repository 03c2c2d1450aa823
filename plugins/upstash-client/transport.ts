import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { Pool } from 'undici'
import type { Call } from './call.ts'
import { BadReplyError, NetworkError, ReplyTooLargeError, errorKind } from './errors.ts'
import { refuseStatus } from './reply.ts'
import { SyncToken } from './sync-token.ts'

export interface HttpReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface TransportOptions {
  readonly url: string
  readonly token: string
  /** Most sockets that commands use; subscriptions have one each besides. */
  readonly connections: number
  readonly maxReplyBytes: number
}

/** HTTP requests to one endpoint over kept-alive sockets. Redirects are not followed: they could carry the token elsewhere. */
export class Transport {
  readonly syncToken = new SyncToken()
  readonly #pool: Pool
  readonly #streams: Pool
  readonly #basePath: string
  readonly #authorization: string
  readonly #maxReplyBytes: number

  constructor ({ url, token, connections, maxReplyBytes }: TransportOptions) {
    const { origin, pathname } = new URL(url)
    this.#pool = new Pool(origin, { connections })
    // A stream holds its socket for as long as it lives and may be silent for hours.
    this.#streams = new Pool(origin, { bodyTimeout: 0 })
    this.#basePath = pathname.replace(/\/$/, '')
    this.#authorization = `Bearer ${token}`
    this.#maxReplyBytes = maxReplyBytes
  }

  /** One request, answered whatever its status; rejects where there is no whole answer, or at the signal. */
  async post (call: Call, signal: AbortSignal): Promise<HttpReply> {
    const sent = this.syncToken.send(call.readOnly)
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: 'POST',
        path: this.#basePath + call.path,
        headers: {
          authorization: this.#authorization,
          'content-type': 'application/json',
          'upstash-encoding': 'base64',
          ...(sent.token === '' ? {} : { 'upstash-sync-token': sent.token })
        },
        body: call.body,
        signal
      })
      this.syncToken.receive(sent, headers['upstash-sync-token'])
      return { status: statusCode, headers, body: await this.#read(call, body) }
    } catch (error) {
      throw redacted(call.toString(), error)
    }
  }

  /** Opens an event stream; its body ends or fails when the connection does. */
  async stream (path: string, signal: AbortSignal): Promise<Readable> {
    try {
      const { statusCode, headers, body } = await this.#streams.request({
        method: 'POST',
        path: this.#basePath + path,
        headers: { authorization: this.#authorization, accept: 'text/event-stream' },
        signal
      })
      if (statusCode === 200) return body
      // Destroyed unread, it emits an error that is no news.
      body.on('error', () => {}).destroy()
      refuseStatus('SUBSCRIBE', statusCode, headers)
      throw new BadReplyError('SUBSCRIBE', statusCode, headers)
    } catch (error) {
      throw redacted('SUBSCRIBE', error)
    }
  }

  async destroy (): Promise<void> {
    await Promise.all([this.#pool.destroy(), this.#streams.destroy()])
  }

  async #read (call: Call, body: Readable): Promise<Buffer> {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      // Throwing here destroys the body and with it the socket: the rest is never read.
      if (size > this.#maxReplyBytes) throw new ReplyTooLargeError(call.toString(), this.#maxReplyBytes)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, size)
  }
}

/** Our own errors as they are; of others the code alone, since the HTTP client's may hold what it could not parse. */
export function redacted (call: string, error: unknown): Error {
  if (error instanceof Error && errorKind(error) !== undefined) return error
  const { code, name } = error as NodeJS.ErrnoException
  return new NetworkError(call, code ?? name)
}
