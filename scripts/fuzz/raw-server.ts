import { EventEmitter, once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Owner } from '../../test/owner.ts'

/** What becomes of the connection after the bytes. */
export type Fate = 'end' | 'reset' | 'keep'

/** Answers every request with the bytes of the moment, whether they are HTTP or not. Emits `answered`. */
export class RawServer extends EventEmitter {
  url = ''
  reply: { readonly bytes: Buffer, readonly fate: Fate } = { bytes: Buffer.alloc(0), fate: 'end' }
  readonly #sockets = new Set<Socket>()

  async start (owner: Owner): Promise<this> {
    const server = createServer(socket => this.#serve(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    owner.after(async () => {
      server.close()
      this.cut()
      await once(server, 'close')
    })
    return this
  }

  /** Ends what is still connected. */
  cut (): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve (socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {}) // The client hangs up where it has read enough.
    let request = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      request += chunk
      const body = request.indexOf('\r\n\r\n') + 4
      const length = Number(/^content-length: (\d+)\r$/im.exec(request)?.[1] ?? 0)
      if (body < 4 || request.length < body + length) return
      request = request.slice(body + length)
      this.#answer(socket)
    })
  }

  #answer (socket: Socket): void {
    const { bytes, fate } = this.reply
    socket.write(bytes, () => {
      if (fate === 'end') socket.end()
      if (fate === 'reset') socket.resetAndDestroy()
      this.emit('answered')
    })
  }
}
