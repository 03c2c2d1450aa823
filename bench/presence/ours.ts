import Fastify from 'fastify'
import type { Connection, Presence, PresenceClock } from '../../index.ts'
import type { Contestant, Endpoint, Party } from './contestant.ts'
import { TIMES } from './setting.ts'

// As users get it: compiled. The compiler of these files would add to what is measured.
const BUILT = new URL('../../dist/index.js', import.meta.url).href
const { presence, upstashClient, upstashEnv } = await import(BUILT) as typeof import('../../index.ts')

export interface OurTimes { readonly beat: number, readonly lease: number, readonly window: number, readonly grace: number }
export interface Opened { readonly presence: Presence, close (): Promise<void> }

/** The plugins in an app of their own. */
export async function openPresence ({ url, token }: Endpoint, times: OurTimes, clock?: PresenceClock): Promise<Opened> {
  const app = Fastify()
  // What is counted and timed here must not be cut short on a busy machine.
  app.register(upstashEnv, { url, token, env: {} }).register(upstashClient, { timeLimit: 60_000 }).register(presence, { ...times, clock })
  await app.ready()
  return { presence: app.presence, close: () => app.close() }
}

export const ours: Contestant = {
  name: 'fastify-upstash',
  share: 1,
  open: async (endpoint, clock) => {
    const { presence, close } = await openPresence(endpoint, TIMES, clock)
    const connections = new Map<string, Connection>()
    const watching = new AbortController()
    const party: Party = {
      join: (userId, room) => { connections.set(`${room}:${userId}`, presence.connect({ userId, room })) },
      leave: (userId, room) => { connections.get(`${room}:${userId}`)?.close() },
      list: async room => {
        const { total, source } = await presence.list(room)
        return source === 'redis' ? total : undefined
      },
      watch: room => { drain(presence, room, watching.signal) },
      close: async () => {
        watching.abort()
        await close()
      }
    }
    return party
  }
}

async function drain (presence: Presence, room: string, signal: AbortSignal): Promise<void> {
  const events = presence.watch(room, { signal })[Symbol.asyncIterator]()
  while ((await events.next()).done !== true);
}
