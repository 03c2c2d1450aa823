import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { LocalUpstash } from '../../../local/index.ts'
import { forward } from '../../gate.ts'
import type { Random } from '../../random.ts'

/** What becomes of a request, and of how many in a hundred; of all others nothing. */
const FATES = [
  /** Executed a little later, so that others overtake it. */
  ['slow', 30],
  /** Executed when its sender was buried, and answered then. */
  ['stuck', 4],
  /** Its sender takes it for lost at once, and it is executed then. */
  ['late', 4],
  /** Executed, and nobody is told. */
  ['unanswered', 4],
  /** Executed and answered, and executed again, at any time until its sender is buried. */
  ['twice', 5],
  /** Not executed. */
  ['refused', 4]
] as const

export type Fate = typeof FATES[number][0] | 'passed'

export interface WeatherOptions {
  readonly random: Random
  /** Milliseconds, of the time that `pass` tells. */
  readonly short: number
  readonly long: number
}

/** The network between one process and Redis. Its time goes by as the test says, so that a slow machine makes no other weather. */
export class Weather {
  readonly token: string
  readonly #target: string
  readonly #options: WeatherOptions
  readonly #server = createServer((incoming, response) => { this.#take(incoming, response).catch(() => response.destroy()) })
  readonly #held = new Set<{ left: number, goOn: () => void }>()
  #isFine = false
  #underWay = 0
  /** How many requests met with each fate. */
  readonly met: Record<Fate, number> = { passed: 0, slow: 0, stuck: 0, late: 0, unanswered: 0, twice: 0, refused: 0 }

  constructor ({ url, token }: Pick<LocalUpstash, 'url' | 'token'>, options: WeatherOptions) {
    this.#target = url
    this.token = token
    this.#options = options
  }

  get url (): string { return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` }
  /** Whether a request is on its way that nothing holds. */
  get isBusy (): boolean { return this.#underWay > this.#held.size }
  /** Whether all has arrived that was sent. */
  get isEmpty (): boolean { return this.#underWay === 0 }

  async open (): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
  }

  /** So many milliseconds go by. */
  pass (ms: number): void {
    for (const held of this.#held) {
      held.left -= ms
      if (held.left > 0) continue
      this.#held.delete(held)
      held.goOn()
    }
  }

  /** From now on nothing happens to requests but what has begun. */
  calm (): void {
    this.#isFine = true
  }

  /** The process is gone: of what it has sent, all arrives that has left it, and it hears of nothing. */
  cut (): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #take (incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(incoming)
    if (body.length === 0) return await this.#subscribe(incoming, response)
    this.#underWay++
    try {
      await this.#pass(incoming, response, body)
    } finally {
      this.#underWay--
    }
  }

  async #pass (incoming: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const { random, short, long } = this.#options
    const fate = this.#isFine ? 'passed' : this.#fate()
    this.met[fate]++
    if (fate === 'refused') {
      response.writeHead(500).end('{"error":"ERR internal error"}')
      return
    }
    if (fate === 'late') response.destroy()
    if (fate === 'slow') await this.#hold(random.below(short))
    if (fate === 'stuck' || fate === 'late') await this.#hold(long + random.below(long))
    const { statusCode, body: reply } = await forward(this.#target, incoming, body)
    const answer = await buffer(reply)
    if (fate === 'unanswered') response.destroy()
    if (!response.destroyed) response.writeHead(statusCode, { 'content-type': 'application/json' }).end(answer)
    if (fate !== 'twice') return
    await this.#hold(random.below(long))
    await buffer((await forward(this.#target, incoming, body)).body)
  }

  #fate (): Fate {
    let dice = 100 * this.#options.random.number()
    return FATES.find(([, chance]) => (dice -= chance) < 0)?.[0] ?? 'passed'
  }

  async #hold (left: number): Promise<void> {
    await new Promise<void>(resolve => { this.#held.add({ left, goOn: resolve }) })
  }

  async #subscribe (incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { statusCode, body } = await forward(this.#target, incoming, Buffer.alloc(0))
    await pipeline(body, response.writeHead(statusCode, { 'content-type': 'text/event-stream' }))
  }
}
