import { createServer, type Server, type Socket } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'

// Of PostgreSQL's protocol, section "Message Formats": what tells one message from the next, and where an exchange ends.
const SSL_REQUEST = 80877103
const VERSION = 196608
const ENDS_EXCHANGE = new Set([...'QS'].map(type => type.charCodeAt(0)))
const TERMINATE = 'X'.charCodeAt(0)

/**
 * PostgreSQL's protocol on a loopback port, for a database that has one session. Whole exchanges take turns: a statement that one
 * connection parses is never bound by another, and while one is in a transaction the others wait for its end. Answers the server and its port.
 * `@electric-sql/pglite-socket` 0.2.17 lets single messages take turns, so that concurrent queries can get each other's rows
 * (https://github.com/electric-sql/pglite/issues/1046).
 */
export async function servePostgres (db: PGlite): Promise<{ server: Server, port: number }> {
  const turns = new Turns(db)
  const server = createServer({ noDelay: true }, socket => { serveConnection(db, turns, socket) })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, port: Object(server.address()).port }
}

function serveConnection (db: PGlite, turns: Turns, socket: Socket): void {
  let received = Buffer.alloc(0)
  let exchange: Buffer[] = []
  let started = false

  const answer = (messages: Buffer) => turns.take(socket, async () => {
    // A peer that went away has given up what it asked, also the end of a transaction.
    if (!socket.writable) return
    await db.execProtocolRawStream(messages, { onRawData: data => { socket.write(Buffer.from(data)) } })
  })

  socket.on('data', chunk => {
    received = Buffer.concat([received, chunk])
    for (let message; (message = firstMessage(received, started)) !== undefined;) {
      received = received.subarray(message.length)
      if (!started) {
        const request = message.readInt32BE(4)
        if (request === SSL_REQUEST) socket.write('N')
        else if (request === VERSION) {
          started = true
          answer(message)
        } else {
          // A request to cancel, which one session cannot heed, or no client of PostgreSQL's.
          socket.end()
        }
      } else if (message[0] === TERMINATE) {
        socket.end()
      } else {
        exchange.push(message)
        if (!ENDS_EXCHANGE.has(message.readUInt8())) continue
        answer(Buffer.concat(exchange))
        exchange = []
      }
    }
  })
  socket.on('error', () => {}) // Told as its close.
  socket.on('close', () => { turns.leave(socket) })
}

/** Undefined where it has not come yet as a whole. Until the connection has started, messages have no type before their length. */
function firstMessage (bytes: Buffer, started: boolean): Buffer | undefined {
  const at = started ? 1 : 0
  if (bytes.length < at + 4) return undefined
  // No length is below its own four bytes, nor a first message's below those of its code; what claims so is no client of PostgreSQL's, and is
  // not to keep this going for ever.
  const length = at + Math.max(started ? 4 : 8, bytes.readInt32BE(at))
  return bytes.length < length ? undefined : bytes.subarray(0, length)
}

interface Turn { readonly who: Socket, readonly run: () => Promise<void> }

/** One exchange after another; within a transaction only those of the connection that began it. */
class Turns {
  readonly #db: PGlite
  readonly #waiting: Turn[] = []
  #owner: Socket | undefined
  #running = false

  constructor (db: PGlite) {
    this.#db = db
  }

  take (who: Socket, run: () => Promise<void>): void {
    this.#waiting.push({ who, run })
    this.#next()
  }

  /** Ends the transaction of a connection that is gone, after what it still had to say. */
  leave (who: Socket): void {
    this.take(who, async () => {
      if (this.#db.isInTransaction() && this.#owner === who) await this.#db.exec('rollback')
    })
  }

  async #next (): Promise<void> {
    if (this.#running) return
    const owned = this.#db.isInTransaction()
    const index = owned ? this.#waiting.findIndex(({ who }) => who === this.#owner) : 0
    const [turn] = index < 0 ? [] : this.#waiting.splice(index, 1)
    if (turn === undefined) return
    this.#running = true
    this.#owner = turn.who
    // What fails in SQL is an answer; a failure here is of the connection alone.
    await turn.run().catch(() => { turn.who.destroy() })
    this.#running = false
    this.#next()
  }
}
