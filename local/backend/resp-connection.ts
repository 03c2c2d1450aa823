import type { Duplex } from 'node:stream'
import { RespParser } from './resp-parser.ts'
import type { Command, Reply } from './reply.ts'

interface Waiting { count: number, replies: Reply[], resolve (replies: Reply[]): void, reject (error: Error): void }

/** The Redis behind the endpoint went away; what was being executed may or may not have been applied. */
export class BackendLostError extends Error {
  override name = 'BackendLostError'
  readonly code = 'FST_LOCAL_BACKEND_LOST'
}

/** One connection to a Redis server, speaking RESP2. Replies keep their type and bytes. */
export class RespConnection {
  readonly #socket: Duplex
  readonly #parser = new RespParser()
  readonly #waiting: Waiting[] = []
  /** Called with each reply that no `exchange` waits for: those of SUBSCRIBE, PSUBSCRIBE and MONITOR. */
  onPush: ((reply: Reply) => void) | undefined
  /** Called once, when the connection has ended for whatever reason. */
  onEnd: () => void = () => {}

  constructor (socket: Duplex) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => {})   // 'close' follows, and tells those who wait
    socket.on('close', () => this.#ended())
  }

  get closed (): boolean {
    return this.#socket.destroyed
  }

  /**
   * Sends commands in one write and resolves with their replies, error replies included. Nothing of another
   * caller comes between them on this connection: that is what makes MULTI … EXEC safe here.
   */
  exchange (commands: readonly Command[]): Promise<Reply[]> {
    if (this.closed) return Promise.reject(new BackendLostError('The connection to Redis is closed'))
    if (commands.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      this.#waiting.push({ count: commands.length, replies: [], resolve, reject })
      this.#socket.write(Buffer.concat(commands.map(encode)))
    })
  }

  /** Sends a command whose replies, from the first on, go to `onPush`. */
  subscribe (command: Command): void {
    this.#socket.write(encode(command))
  }

  close (): void {
    this.#socket.destroy()
  }

  #receive (chunk: Buffer): void {
    try {
      for (const reply of this.#parser.push(chunk)) this.#deliver(reply)
    } catch {
      this.close()   // whatever it is at the other end, it does not speak RESP
    }
  }

  #deliver (reply: Reply): void {
    const [waiting] = this.#waiting
    if (!waiting) return this.onPush ? this.onPush(reply) : this.close()   // one reply too many: whose is the next?
    waiting.replies.push(reply)
    if (waiting.replies.length < waiting.count) return
    this.#waiting.shift()
    waiting.resolve(waiting.replies)
  }

  #ended (): void {
    const error = new BackendLostError('The connection to Redis was lost')
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
    this.onEnd()
  }
}

function encode (command: Command): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${command.length}\r\n`)]
  for (const argument of command) {
    const bytes = Buffer.isBuffer(argument) ? argument : Buffer.from(argument)
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}
