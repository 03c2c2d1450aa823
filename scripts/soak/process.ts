import Fastify from 'fastify'
import { setTimeout } from 'node:timers/promises'
import cachePlugin from '../../plugins/cache/index.ts'
import upstashEnv from '../../plugins/env/index.ts'
import upstashClient from '../../plugins/upstash-client/index.ts'
import { Game, type Player } from '../../test/cache-game.ts'
import { rowsOf, SPACES } from '../../test/cache-rows.ts'
import { Random } from '../../test/random.ts'
import { realClock } from '../../test/test-clock.ts'
import { KEYS, TIME_LIMIT } from './bounds.ts'
import type { Assignment, FromProcess, ToProcess } from './messages.ts'
import { RemoteWorld } from './remote-world.ts'

// One of the processes whose caches are soaked. It plays until it is told to stop.

const IN_FLIGHT = 16
const { name, seed, url, token, staleness, sampleEvery }: Assignment = JSON.parse(process.argv[2] ?? '')
const send = (message: FromProcess) => { if (process.connected) process.send?.(message) }
const random = new Random(seed)
const world = new RemoteWorld(send)
const over = new AbortController()
process.on('message', (message: ToProcess) => {
  if (message.tell === 'answer') world.answer(message)
  else over.abort()
})
process.on('disconnect', () => process.exit(1))

const app = Fastify()
await app.register(upstashEnv, { url, token, env: {} })
await app.register(upstashClient, { timeLimit: TIME_LIMIT, backoffInitial: 20, backoffMax: 500 })
// Fewer entries than rows, so that memory is soaked where it gives up what is in it.
const options = { staleness, staleIfError: 0, memory: { entries: KEYS } }
await app.register(cachePlugin, { ...options, namespaces: Object.fromEntries(SPACES.filter(space => space !== '').map(space => [space, options])) })
const { cache } = app
const player: Player = { name, cache, lag: { get: staleness * 1_000, load: staleness * 1_000 } }
const game = new Game({ world, random, clock: realClock, keys: KEYS, reliable: false, reading: 0.95 })

await Promise.all([
  ...Array.from({ length: IN_FLIGHT }, async () => {
    while (!over.signal.aborted) {
      await game.play([player])
      await setTimeout(random.number() * 120)
    }
  }),
  repeat(100, tellDelivered),
  repeat(sampleEvery, () => {
    globalThis.gc?.()
    send({ tell: 'heap', bytes: process.memoryUsage().heapUsed })
  })
])
while (world.unacknowledgedSince !== undefined) {
  await cache.get('whatever')
  await setTimeout(50)
  tellDelivered()
}
for (const row of rowsOf(KEYS)) await game.get(player, [row])
const { redis, memory: _, namespaces: __, ...stats } = cache.stats()
send({ tell: 'ended', figures: { operations: game.operations, failures: game.failures, slowest: game.slowest, stats: { ...stats, kept: redis.kept } } })
process.removeAllListeners('disconnect')
await app.close()
process.disconnect()

async function repeat (ms: number, work: () => void): Promise<void> {
  while (!over.signal.aborted) {
    await setTimeout(ms, undefined, { signal: over.signal }).catch(() => {})
    work()
  }
}

/** A while after the answer: a write that ran out of time may be kept a moment after it was answered. */
function tellDelivered (): void {
  const at = realClock.elapsed()
  if (world.unacknowledgedSince === undefined || at - world.unacknowledgedSince < 2 * TIME_LIMIT || cache.stats().redis.kept > 0) return
  world.unacknowledgedSince = undefined
  send({ tell: 'delivered', at })
}
