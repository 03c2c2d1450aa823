import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { parseCommandStats } from '../../local/backend/command-stats.ts'
import { startLocalUpstash } from '../../local/index.ts'
import { startProxy } from './counting-proxy.ts'
import { startRedis } from './redis-server.ts'

export interface Cost { readonly commands: number, readonly roundTrips: number }

/** A Redis of a contestant's own, that counts. */
export interface Bed {
  readonly url: string
  flush (): Promise<void>
  /** What the work costs, until nothing more is sent in its wake. */
  price (work: () => Promise<unknown>): Promise<Cost>
  stop (): Promise<void>
}

/** The local endpoint, with its own meter. The token is in the address. */
export async function endpointBed (): Promise<Bed> {
  const local = await startLocalUpstash()
  const url = new URL(local.url)
  url.password = local.token
  const settled = async () => {
    for (let before = -1; before !== local.stats().roundTrips;) {
      before = local.stats().roundTrips
      await delay(60)
      await local.settled()
    }
  }
  return {
    url: url.href,
    flush: () => local.flush(),
    price: async work => {
      await settled()
      local.resetStats()
      await work()
      await settled()
      const { billedCommands, roundTrips } = local.stats()
      return { commands: billedCommands, roundTrips }
    },
    stop: () => local.close()
  }
}

/** What a client sends to connect, and what the endpoint's meter does not count either: MULTI and EXEC are not billed over REST. */
const NOT_BILLED = ['info', 'config', 'hello', 'client', 'auth', 'select', 'ping', 'multi', 'exec']

/**
 * Redis itself, for contestants that speak TCP. Its statistics count the calls of scripts besides the scripts, as Upstash bills
 * them.
 */
export async function redisBed (): Promise<Bed> {
  const redis = await startRedis()
  const proxy = await startProxy({ port: redis.port, hold: 5 })
  const admin = new Redis({ port: redis.port, host: '127.0.0.1' })
  return {
    url: `redis://127.0.0.1:${proxy.port}`,
    flush: async () => { await admin.flushall() },
    price: async work => {
      await proxy.quiet()
      await admin.config('RESETSTAT')
      proxy.counts.roundTrips = 0
      await work()
      await proxy.quiet()
      const { roundTrips } = proxy.counts
      const calls = parseCommandStats(await admin.info('commandstats'))
      for (const name of NOT_BILLED) calls.delete(name)
      return { commands: [...calls.values()].reduce((sum, count) => sum + count, 0), roundTrips }
    },
    stop: async () => {
      await admin.quit()
      await proxy.close()
      await redis.stop()
    }
  }
}
