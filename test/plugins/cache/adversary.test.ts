import { setTimeout } from 'node:timers/promises'
import { test, type Test } from 'tap'
import type { LocalUpstash } from '../../../local/index.ts'
import cachePlugin, { type Cache } from '../../../plugins/cache/index.ts'
import type { UpstashClient } from '../../../plugins/upstash-client/index.ts'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

// The adversaries of the protocol's model, played against the real code: requests are delayed, lost, late and doubled, and stamps
// are evicted, while three processes read, write and invalidate. A read must not give what is older than an invalidation that
// was acknowledged before the read began; nor, in the process that invalidated, than one that was not.

const KEYS = ['a', 'b', 'c']
const TAG = 'tag'
const OPERATIONS = 400

interface Process { cache: Cache, client: UpstashClient, floor: Map<string, number> }

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
function generator (seed: number): () => number {
  return () => {
    seed = (seed + 0x6D2B79F5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

class Game {
  readonly #random: () => number
  readonly #processes: readonly Process[]
  /** What the cache stands in front of: a version a key. */
  readonly #database = new Map(KEYS.map(key => [key, 0]))
  /** The version that any read which begins now must give at least. */
  readonly #floor = new Map(KEYS.map(key => [key, 0]))
  /** Writers of a key take turns, as a database's rows would have it. */
  readonly #turns = new Map<string, Promise<unknown>>()
  reads = 0
  readonly stale: string[] = []

  constructor (random: () => number, processes: readonly Process[]) {
    this.#random = random
    this.#processes = processes
  }

  async play (): Promise<void> {
    const process = this.#pick(this.#processes)
    const key = this.#pick(KEYS)
    const dice = this.#random()
    if (dice < 0.6) await this.#read(process, key)
    else if (dice < 0.95) await this.#inTurn(key, () => this.#write(process, key, dice))
    else await process.client.send(['DEL', this.#pick(['cache:e', 'cache:e:', `cache:f::${key}`, `cache:t:${TAG}`, 'cache:i'])]).catch(() => {})
  }

  async #read (process: Process, key: string): Promise<void> {
    const floor = Math.max(this.#floor.get(key) ?? 0, process.floor.get(key) ?? 0)
    const told = this.#random() < 0.3
    const version = await process.cache.getOrSet(key, async ({ setTags }) => {
      const read = this.#database.get(key) ?? 0
      await setTimeout(this.#random() * 10)
      if (told) setTags([TAG])
      return read
    }, told ? {} : { tags: [TAG] })
    this.reads++
    if (version < floor) this.stale.push(`${key}: ${version} instead of ${floor}`)
  }

  async #write (process: Process, key: string, dice: number): Promise<void> {
    const version = (this.#database.get(key) ?? 0) + 1
    this.#database.set(key, version)
    const versions = new Map(this.#database)
    const { acknowledged, keys } = await this.#invalidate(process, key, version, dice)
    for (const key of keys) {
      const seen = versions.get(key) ?? 0
      process.floor.set(key, Math.max(process.floor.get(key) ?? 0, seen))
      if (acknowledged) this.#floor.set(key, Math.max(this.#floor.get(key) ?? 0, seen))
    }
  }

  async #invalidate ({ cache }: Process, key: string, version: number, dice: number): Promise<{ acknowledged: boolean, keys: readonly string[] }> {
    if (dice < 0.70) return { acknowledged: await cache.delete(key), keys: [key] }
    if (dice < 0.78) return { acknowledged: await cache.invalidateTags(TAG), keys: KEYS }
    if (dice < 0.82) return { acknowledged: await cache.clear(), keys: KEYS }
    return { acknowledged: await cache.set(key, version, { tags: [TAG] }), keys: [key] }
  }

  async #inTurn (key: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work)
    this.#turns.set(key, turn)
    await turn
  }

  #pick<T> (list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T
  }
}

async function startProcess (t: Test, local: LocalUpstash): Promise<Process> {
  const { app, client } = await startClient(t, local, { timeLimit: 60, breakerThreshold: 1_000_000 })
  await app.register(cachePlugin, { staleness: 0 })
  return { cache: app.cache, client, floor: new Map() }
}

for (const seed of [1, 2, 3, 4]) {
  test(`nothing stale comes back, whatever the network does (seed ${seed})`, async t => {
    const random = generator(seed)
    const local = await startLocal(t, { random })
    const game = new Game(random, [await startProcess(t, local), await startProcess(t, local), await startProcess(t, local)])
    await local.faults.set([
      { kind: 'delay', ms: 0, jitter: 40, probability: 0.5 },
      { kind: 'late', ms: 30, probability: 0.06 },
      { kind: 'drop-reply', probability: 0.06 },
      { kind: 'duplicate', ms: 20, command: 'UNLINK', probability: 0.2 }
    ])
    let left = OPERATIONS
    await Promise.all(Array.from({ length: 12 }, async () => { while (left-- > 0) await game.play() }))
    t.same(game.stale, [])
    t.ok(game.reads > OPERATIONS / 3, `${game.reads} reads`)
    t.comment(`${game.reads} reads, seed ${seed}`)
  })
}
