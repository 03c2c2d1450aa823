import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface TcpWay {
  /** The address of what is there, by this way. */
  readonly url: string
  /** Breaks every connection and takes no other. */
  block (): Promise<void>
  open (): Promise<void>
  /** Takes what is sent there, and gives back nothing of it, on the connections that are there. */
  hush (): void
}

/** A way to a server by TCP that can be blocked. */
export async function startTcpWay (t: Pick<Test, 'after'>, to: string): Promise<TcpWay> {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  const answers = new Set<Socket>()
  const way = createServer(socket => {
    const there = connect(Number(port), hostname)
    answers.add(there)
    for (const [one, other] of [[socket, there], [there, socket]] as const) {
      sockets.add(one)
      one.on('error', () => {}).on('close', () => { other.destroy() }).pipe(other)
    }
  })
  const listen = async (port: number) => {
    way.listen(port, '127.0.0.1')
    await once(way, 'listening')
    return (way.address() as AddressInfo).port
  }
  const block = async () => {
    const closed = way.listening ? once(way, 'close') : undefined
    way.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const url = new URL(to)
  url.hostname = '127.0.0.1'
  url.port = String(await listen(0))
  t.after(block)
  const hush = () => { for (const socket of answers) socket.unpipe().resume() }
  return { url: url.href, block, open: async () => { await listen(Number(url.port)) }, hush }
}
