import type { Meter } from '../meter.ts'
import type { Backend, BackendStream, StreamListener } from './backend.ts'
import { atomic, single, type Dialect, type Exchange } from './exchange.ts'
import { commandName, type Command, type ErrorReply, type Reply } from './reply.ts'
import { BackendLostError, type RespConnection } from './resp-connection.ts'

/** Where connections come from, and what ends with the backend. */
export interface RespServer {
  connect (): Promise<RespConnection>
  close (): Promise<void>
}

/** A backend that is reached over RESP: a real Redis, or the embedded one. */
export class RespBackend implements Backend {
  readonly #server: RespServer
  readonly #dialect: Dialect
  readonly #meter: Meter
  readonly #streams = new Set<RespConnection>()
  #shared: Promise<RespConnection> | undefined

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
    const connection = await this.#server.connect()
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
    await connection.exchange([['FLUSHDB'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH']])
  }

  async close (): Promise<void> {
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
    return exchanges.map(({ commands, fold }) => fold(replies.splice(0, commands.length)))
  }

  /** The connection that all requests share; one that was lost is opened again by the next command. */
  #connection (): Promise<RespConnection> {
    this.#shared ??= this.#connect()
    return this.#shared
  }

  async #connect (): Promise<RespConnection> {
    const forget = () => { this.#shared = undefined }
    try {
      const connection = await this.#server.connect()
      connection.onEnd = forget
      return connection
    } catch (error) {
      forget()
      throw error
    }
  }
}
