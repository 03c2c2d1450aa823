import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Stands between a client and a TCP server, and counts what passes. */
export interface CountingProxy {
  readonly port: number
  /** Bytes that clients sent, that they got, and how often they waited for an answer. */
  readonly counts: Counts
  /** Resolves when nothing has passed for a while. */
  quiet (): Promise<void>
  close (): Promise<void>
}

export interface Counts { sent: number, received: number, roundTrips: number }

export interface ProxyOptions {
  readonly port: number
  /**
   * Milliseconds that a client must be silent before what it sent goes on. All that it sends without waiting for an answer is
   * one round trip then, in however many pieces it comes. 0: what comes goes on at once, and round trips are not exact.
   */
  readonly hold: number
}

/** Milliseconds without traffic after which nothing more is expected. */
const QUIET = 60

export async function startProxy ({ port, hold }: ProxyOptions): Promise<CountingProxy> {
  const counts: Counts = { sent: 0, received: 0, roundTrips: 0 }
  const sockets = new Set<Socket>()
  let held = 0
  let last = performance.now()

  const server = createServer({ noDelay: true }, client => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
    let waiting = false
    let pieces: Buffer[] = []
    let timer: NodeJS.Timeout | undefined
    const pass = () => {
      held -= pieces.length
      upstream.write(Buffer.concat(pieces))
      pieces = []
    }
    client.on('data', (piece: Buffer) => {
      last = performance.now()
      counts.sent += piece.length
      if (!waiting) counts.roundTrips++
      waiting = true
      pieces.push(piece)
      held++
      clearTimeout(timer)
      if (hold === 0) pass()
      else timer = setTimeout(pass, hold)
    })
    upstream.on('data', (piece: Buffer) => {
      last = performance.now()
      counts.received += piece.length
      waiting = false
      client.write(piece)
    })
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(one)
      one.on('error', () => {}).on('close', () => { other.destroy(); sockets.delete(one) })
    }
  })
  const silent = () => held === 0 && performance.now() - last > QUIET
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')

  return {
    port: address.port,
    counts,
    quiet: async () => {
      do await delay(10)
      while (!silent())
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}
