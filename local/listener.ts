import { createServer, type RequestListener, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'

export interface TrafficObserver { roundTrip (): void, socketOpened (): void, socketClosed (): void }

const SILENT: TrafficObserver = { roundTrip () {}, socketOpened () {}, socketClosed () {} }

/**
 * A listening HTTP port that can be closed and opened again, which a Fastify app's own server cannot. The
 * app is built without listening, and its `routing` is the handler here.
 */
export class Listener {
  readonly #handler: RequestListener
  readonly #host: string
  readonly #observer: TrafficObserver
  readonly #sockets = new Set<Socket>()
  #port: number
  #server: Server | undefined
  #last: Promise<void> = Promise.resolve()
  #ended = false

  constructor (handler: RequestListener, host: string, port: number, observer: TrafficObserver = SILENT) {
    this.#handler = handler
    this.#host = host
    this.#port = port
    this.#observer = observer
  }

  /** The port, once it has been open; it stays the same when closed and opened again. */
  get url (): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host
    return `http://${host}:${this.#port}`
  }

  open (): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#server || this.#ended) return
      // Idle sockets stay open: a client that reuses one must not meet a time-out that no fault asked for.
      const server = createServer({ keepAliveTimeout: 0 })
      // Counted here: the app has no hook for requests whose address it cannot read.
      server.on('request', () => this.#observer.roundTrip())
      server.on('request', this.#handler)
      server.on('connection', socket => this.#observe(socket))
      server.listen(this.#port, this.#host)
      await once(server, 'listening')
      this.#port = (server.address() as AddressInfo).port
      this.#server = server
    })
  }

  /** Closes the port and destroys its sockets, also those in the middle of a reply. */
  close (): Promise<void> {
    return this.#inTurn(async () => {
      const server = this.#server
      if (!server) return
      this.#server = undefined
      const closed = once(server, 'close')
      server.close()
      for (const socket of this.#sockets) socket.destroy()
      await closed
    })
  }

  /** Closes for good: opening it afterwards does nothing. */
  end (): Promise<void> {
    this.#ended = true
    return this.close()
  }

  /** Opening and closing wait for each other, so that the last one asked for is the one that lasts. */
  #inTurn (change: () => Promise<void>): Promise<void> {
    const done = this.#last.then(change)
    this.#last = done.catch(() => {})
    return done
  }

  #observe (socket: Socket): void {
    this.#sockets.add(socket)
    this.#observer.socketOpened()
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#observer.socketClosed()
    })
  }
}
