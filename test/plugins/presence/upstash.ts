import type { FastifyInstance } from 'fastify'
import { Reader } from '../../../contracts/presence/bench.ts'
import type { LocalUpstash } from '../../../local/index.ts'
import presence, { type Presence, type PresencePluginOptions } from '../../../plugins/presence/index.ts'
import type { UpstashClientOptions } from '../../../plugins/upstash-client/index.ts'
import { startClient, type Log } from '../../client.ts'
import type { Owner } from '../../owner.ts'
import { TestClock, turn } from './presence.ts'

/** Fast enough for a test, slow enough for a busy machine. */
export const QUICK = { grace: 0, window: 5, beat: 100, lease: 400 } as const

/** The local one, or a gate in front of it. */
type Endpoint = Pick<LocalUpstash, 'url' | 'token'>

export interface StartedPresence {
  app: FastifyInstance
  presence: Presence
  log: Log
  /** A watch, as a reader that fails where it waits too long. */
  reader: (room: string, lastEventId?: string) => Reader
  /** Ends the watches that were begun here. */
  leave: () => void
}

/** The plugin in an app of its own, on an endpoint. */
export async function startUpstash (t: Owner, endpoint: Endpoint, options: PresencePluginOptions = {}, ofClient: UpstashClientOptions = {}): Promise<StartedPresence> {
  const { app, log } = await startClient(t, endpoint, ofClient)
  await app.register(presence, options)
  await app.ready()
  const controller = new AbortController()
  const reader = (room: string, lastEventId?: string) => new Reader(app.presence.watch(room, { signal: controller.signal, lastEventId }), 20_000)
  return { app, presence: app.presence, log, reader, leave: () => controller.abort() }
}

/** An app whose time stands still until the test moves it: a process that is paused, or a skewed clock. */
export async function startStill (t: Owner, endpoint: Endpoint, options: PresencePluginOptions = {}, ofClient: UpstashClientOptions = {}): Promise<StartedPresence & { clock: TestClock }> {
  const clock = new TestClock()
  return { ...await startUpstash(t, endpoint, { grace: 0, window: 5, beat: 25_000, lease: 60_000, clock, ...options }, ofClient), clock }
}

/** Asks until an answer is as expected: for what no event tells. */
export async function until<T> (ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (isRight(answer)) return answer
    // What is refused at once takes no turn of the event loop, and timers need one.
    await turn()
  }
}

/** The nodes that have a lease, or had one that nobody has ended yet. */
export async function nodesOf (app: FastifyInstance): Promise<string[]> {
  return await app.upstash?.send<string[]>(['ZRANGE', 'presence:n', 0, -1]) ?? []
}

/** Ends the lease of the one node that there is, as if its process had been silent for as long. */
export async function endLease (app: FastifyInstance): Promise<void> {
  const [node = ''] = await nodesOf(app)
  await app.upstash?.send(['ZADD', 'presence:n', 'XX', 1, node])
}

/** Names of presence that are left in Redis, but for those that outlive everybody by design. */
export async function leftovers (app: FastifyInstance): Promise<string[]> {
  const keys = await app.upstash?.send<string[]>(['KEYS', 'presence:*']) ?? []
  return keys.filter(key => !['presence:ev', 'presence:seen'].includes(key)).sort()
}
