import type { Meter } from '../meter.ts'
import type { Backend, BackendStream, StreamListener } from './backend.ts'
import { atomic, single, type Dialect, type Exchange } from './exchange.ts'
import { commandName, type Command, type ErrorReply, type Reply } from './reply.ts'
import { BackendLostError, type RespConnection } from './resp-connection.ts'

/** Where connections come from, and what ends with the backend. */
export interface RespServer {
  /** Gives up where the signal comes first. */
  connect (closing: AbortSignal): Promise<RespConnection>
  close (): Promise<void>
}

/** A backend that is reached over RESP: a real Redis, or the embedded one. */
export class RespBackend implements Backend {
  readonly #server: RespServer
  readonly #dialect: Dialect
  readonly #meter: Meter
  readonly #streams = new Set<RespConnection>()
  readonly #closing = new AbortController()
  #shared: Promise<RespConnection> | undefined
  #closed: Promise<void> | undefined

  constructor (server: RespServer, dialect: Dialect, meter: Meter) {
    this.#server = server
    this.#dialect = dialect
    this.#meter = meter
  }

  /** Connects now rather than at the first command, so that a wrong address is told at start. */
  async open (): Promise<this> {
    await this.#connection()
    return this
  }

  async pipeline (commands: readonly Command[]): Promise<Reply[]> {
    const outcomes = await this.#send(() => commands.map(command => single(command, this.#dialect, this.#meter)))
    return outcomes.flat()
  }

  async transaction (commands: readonly Command[]): Promise<Reply[] | ErrorReply> {
    const [outcome = []] = await this.#send(() => [atomic(commands, this.#dialect, this.#meter)])
    return outcome
  }

  async stream (command: Command, listener: StreamListener): Promise<BackendStream> {
    const connection = await this.#open()
    this.#streams.add(connection)
    this.#meter.command(commandName(command))
    return new Promise((resolve, reject) => {
      const close = () => {
        this.#streams.delete(connection)
        connection.close()
      }
      connection.onPush = reply => {
        listener.onReply(reply)
        resolve({ close })
      }
      connection.onEnd = () => {
        reject(new BackendLostError('The connection to Redis was lost'))
        if (this.#streams.delete(connection)) listener.onEnd()
      }
      connection.subscribe(command)
    })
  }

  async flush (): Promise<void> {
    const connection = await this.#connection()
    const replies = await connection.exchange(this.#dialect.emptying)
    const refused = replies.find(reply => reply.kind === 'error')
    if (refused) throw new Error(`Redis refused to be emptied: ${refused.message}`)
  }

  close (): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close (): Promise<void> {
    this.#closing.abort()
    for (const connection of this.#streams) connection.close()
    const shared = await this.#shared?.catch(() => undefined)
    shared?.close()
    await this.#server.close()
  }

  /** Counting happens when the exchanges are made, so they are made only once there is a connection. */
  async #send (make: () => Exchange[]): Promise<Array<Reply[] | ErrorReply>> {
    const connection = await this.#connection()
    const exchanges = make()
    const replies = await connection.exchange(exchanges.flatMap(exchange => exchange.commands))
    let at = 0   // not splice: it moves all that is left, which makes a large pipeline quadratic
    return exchanges.map(({ commands, fold }) => {
      const own = replies.slice(at, at + commands.length)
      at += commands.length
      return fold(own)
    })
  }

  /** The connection that all requests share; one that was lost is opened again by the next command. */
  #connection (): Promise<RespConnection> {
    this.#shared ??= this.#connect()
    return this.#shared
  }

  async #connect (): Promise<RespConnection> {
    const forget = () => { this.#shared = undefined }
    try {
      const connection = await this.#open()
      connection.onEnd = forget
      return connection
    } catch (error) {
      forget()
      throw error
    }
  }

  async #open (): Promise<RespConnection> {
    if (this.#closing.signal.aborted) throw new BackendLostError('The endpoint is closed')
    return this.#server.connect(this.#closing.signal)
  }
}
