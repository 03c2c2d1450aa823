import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Test } from 'tap'
import { request, type Dispatcher } from 'undici'
import { Deferred } from '../contracts/expect.ts'
import type { LocalUpstash } from '../local/index.ts'

/**
 * How a request is held: `request` on its way to Redis; `reply` when it was executed, on its way back; `late` as `request`, but its
 * connection closes at once, so that the client takes it for lost.
 */
export type HeldHow = 'request' | 'reply' | 'late'

/** A request that goes on when the test says so, also when its client has given it up meanwhile. */
export interface HeldRequest {
  /** Resolves when it has come. */
  readonly here: Promise<void>
  /** Resolves when it was executed. */
  readonly executed: Promise<void>
  goOn (): void
}

interface Hold extends HeldRequest {
  readonly command: string
  readonly how: HeldHow
  readonly come: () => void
  readonly done: () => void
  readonly released: Promise<void>
}

/** Stands between one client and the local endpoint, so that a test puts the requests of several in whatever order it needs. */
export class Gate {
  readonly url: string
  readonly token: string
  readonly #target: string
  readonly #holds: Hold[] = []

  constructor (port: number, { url, token }: Pick<LocalUpstash, 'url' | 'token'>) {
    this.url = `http://127.0.0.1:${port}`
    this.token = token
    this.#target = url
  }

  /** The next request with this command in it is held. */
  hold (command: string, how: HeldHow = 'request'): HeldRequest {
    const [here, executed, released] = [new Deferred<void>(), new Deferred<void>(), new Deferred<void>()]
    const hold: Hold = { command, how, here: here.promise, executed: executed.promise, released: released.promise, come: here.resolve, done: executed.resolve, goOn: released.resolve }
    this.#holds.push(hold)
    return hold
  }

  async pass (incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    const hold = this.#take(body)
    if (hold?.how === 'late') response.destroy()
    if (hold !== undefined && hold.how !== 'reply') await held(hold)
    const reply = await forward(this.#target, incoming, body)
    // A subscription, whose body has no end.
    if (body.length === 0) return await pipeline(reply.body, response.writeHead(reply.statusCode, { 'content-type': 'text/event-stream' }))
    const answer = await buffer(reply.body)
    if (hold?.how === 'reply') await held(hold)
    hold?.done()
    response.writeHead(reply.statusCode, { 'content-type': 'application/json' }).end(answer)
  }

  #take (body: Buffer): Hold | undefined {
    if (body.length === 0) return undefined
    const sent = JSON.parse(String(body)) as string[] | string[][]
    const commands = sent.map(part => Array.isArray(part) ? part[0] : part)
    const index = this.#holds.findIndex(({ command }) => Array.isArray(sent[0]) ? commands.includes(command) : commands[0] === command)
    return index < 0 ? undefined : this.#holds.splice(index, 1)[0]
  }
}

/** Sends what came for one address to another. */
export async function forward (target: string, { url, headers: { host, connection, 'content-length': length, ...headers } }: IncomingMessage, body: Buffer): Promise<Dispatcher.ResponseData> {
  return await request(target + String(url), { method: 'POST', headers, body })
}

async function held ({ come, released }: Hold): Promise<void> {
  come()
  await released
}

export async function startGate (t: Test, local: Pick<LocalUpstash, 'url' | 'token'>): Promise<Gate> {
  const server = createServer((incoming, response) => { gate.pass(incoming, response).catch(() => response.destroy()) })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const gate = new Gate((server.address() as AddressInfo).port, local)
  t.after(() => { server.closeAllConnections(); server.close() })
  return gate
}
