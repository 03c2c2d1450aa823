import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import type { Test } from 'tap'
import { RespParser } from '../../local/backend/resp-parser.ts'
import { replyText } from '../../local/backend/reply.ts'

/** What to send back, raw; null hangs up. */
export type Script = (command: string[]) => string | null

export interface FakeRedis {
  port: number
  received: string[][]
  /** Hangs up on everybody, and goes on listening. */
  hangUp (): void
  /** Hangs up on everybody and listens no more. */
  stop (): void
}

/** A Redis that answers as a test wants it, on a port of its own. */
export async function startFakeRedis (t: Test, script: Script, port = 0): Promise<FakeRedis> {
  const received: string[][] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    const parser = new RespParser()   // a command is an array of strings, in both directions
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      for (const message of parser.push(chunk)) {
        const command = message.kind === 'array' ? message.items.map(replyText) : []
        received.push(command)
        const answer = script(command)
        if (answer === null) socket.destroy()
        else socket.write(answer)
      }
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const hangUp = () => { for (const socket of sockets) socket.destroy() }
  const stop = () => {
    server.close()
    hangUp()
  }
  t.after(stop)
  return { port: (server.address() as AddressInfo).port, received, hangUp, stop }
}
