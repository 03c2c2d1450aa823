import { EventEmitter, once } from 'node:events'
import { get, type ClientRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { PresenceEvent } from '../plugins/presence/index.ts'

export interface Message { readonly id: string | undefined, readonly event: PresenceEvent }

/** A stream of server-sent events, over a socket as a browser has it. */
export class EventStream extends EventEmitter {
  readonly messages: Message[] = []
  readonly response: IncomingMessage
  readonly #request: ClientRequest
  #text = ''

  private constructor (request: ClientRequest, response: IncomingMessage) {
    super()
    this.#request = request
    this.response = response
    request.on('error', () => {})
    response.on('error', () => {}).setEncoding('utf8').on('data', text => this.#read(text))
  }

  /** Starts the app's server where it does not listen yet. */
  static async open (t: Test, app: FastifyInstance, path: string, headers: Record<string, string> = {}): Promise<EventStream> {
    if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const request = get({ port, host: '127.0.0.1', path, headers, agent: false })
    const [response] = await once(request, 'response') as [IncomingMessage]
    t.after(() => request.destroy())
    return new EventStream(request, response)
  }

  /** The first message that matches, also one that is there already. */
  async has (wanted: (event: PresenceEvent) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(({ event }) => wanted(event))
      if (found !== undefined) return found
      await once(this, 'message')
    }
  }

  /** What came, as `join Ann`. */
  get told (): string[] {
    return this.messages.map(({ event }) => `${event.type} ${'member' in event ? event.member.userId : 'userId' in event ? event.userId : event.total}`)
  }

  async ended (): Promise<void> {
    if (!this.response.closed) await once(this.response, 'close')
  }

  pause (): void { this.response.pause() }
  leave (): void { this.#request.destroy() }

  #read (text: string): void {
    const parts = (this.#text + text).split('\n\n')
    this.#text = parts.pop() ?? ''
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1]
      if (data !== undefined) this.messages.push({ id: /^id: (.*)$/m.exec(part)?.[1], event: JSON.parse(data) })
      if (data !== undefined) this.emit('message')
    }
  }
}
