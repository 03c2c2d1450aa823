import { AsyncLocalStorage } from 'node:async_hooks'
import { finished } from 'node:stream/promises'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.ts'
import type { Counters } from './counters.ts'
import { splitTarget } from './uri.ts'

/** Milliseconds after which a run that did not end hinders no other. */
const LONGEST = 60_000
/** Milliseconds until one that failed is tried again: doubled with each failure. */
const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 60_000
const MOST_FAILURES = 10_000

/** Of a connection, of the client's own copy, or of its wishes: the run is for the store. */
const NOT_SENT = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'content-length', 'expect',
  'if-none-match', 'if-modified-since', 'if-range', 'range', 'cache-control', 'pragma'
])

/** A run under way. */
export interface Run {
  readonly base: string
  readonly https: boolean
  /** Whether a reply came of it that is stored. */
  stored: boolean
}

/**
 * Loads anew in the background what was sent stale. Not by calling the handler with a request whose client has its reply: a run is a request of
 * its own, with the same fields, from the same address, so that every hook and guard judges it again, and its key is worked out anew.
 */
export class Background {
  readonly #context = new AsyncLocalStorage<Run>()
  readonly #running = new Map<string, number>()
  readonly #failures = new LRUCache<string, { count: number, until: number }>({ max: MOST_FAILURES })
  readonly #clock: Clock
  readonly #counters: Counters

  constructor (clock: Clock, counters: Counters) {
    this.#clock = clock
    this.#counters = counters
  }

  /** The run that this code is part of. */
  get current (): Run | undefined {
    return this.#context.getStore()
  }

  /** One at a time for each key, and not soon again after one that failed. */
  begin (request: FastifyRequest, base: string): void {
    const now = this.#clock.elapsed()
    const since = this.#running.get(base)
    if ((since !== undefined && now - since < LONGEST) || now < (this.#failures.get(base)?.until ?? 0)) return
    this.#running.set(base, now)
    this.#counters.background++
    const run: Run = { base, https: request.protocol === 'https', stored: false }
    const end = () => {
      if (this.#running.get(base) === now) this.#running.delete(base)
      if (run.stored) this.#failures.delete(base)
      else this.#failed(base)
    }
    this.#context.run(run, async () => await this.#send(request)).then(end, end)
  }

  async #send (request: FastifyRequest): Promise<void> {
    const headers = Object.fromEntries(Object.entries(request.raw.headers).filter(([name, value]) => value !== undefined && !name.startsWith(':') && !NOT_SENT.has(name)))
    const reply = await request.server.inject({
      method: 'GET',
      url: targetOf(request),
      headers: { ...headers as Record<string, string | string[]>, host: hostOf(request) },
      remoteAddress: request.socket.remoteAddress ?? '127.0.0.1',
      payloadAsStream: true
    })
    await finished(reply.stream().resume())
  }

  #failed (base: string): void {
    this.#counters.backgroundErrors++
    const count = (this.#failures.get(base)?.count ?? 0) + 1
    this.#failures.set(base, { count, until: this.#clock.elapsed() + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (count - 1)) })
  }
}

/** Of HTTP/2 it is a field of its own kind. Empty where there is none. */
function hostOf ({ raw: { headers } }: FastifyRequest): string {
  return headers.host ?? String(headers[':authority'] ?? '')
}

/**
 * Whether there can be a run in the place of a request: `inject` reads a target as browsers do, who resolve `/%2e%2e/` and quote what has to be
 * quoted, and gives a request without a host one. What would come of that is a request for something else, in the client's name.
 */
export function isRepeatable (request: FastifyRequest): boolean {
  const target = targetOf(request)
  if (hostOf(request) === '' || !target.startsWith('/')) return false
  const { pathname, search } = new URL(`http://localhost${target}`)
  return pathname + search === target
}

/** As the client sent it, without the origin that some put before it, or a mark before no query. */
function targetOf ({ originalUrl }: FastifyRequest): string {
  const { path, query } = splitTarget(originalUrl)
  return query === '' ? path : `${path}?${query}`
}
