import { median } from '../measure.ts'
import { table, ratio, thousands } from '../markdown.ts'
import type { Load, MemoryCache, MemoryContestant } from './contestant.ts'
import { inMemory, ours } from './contestants.ts'
import { isolationOf } from './isolation.ts'
import { objectOf, stringOf } from './values.ts'

// (a) Hits in memory, of all contestants in one process.

const KEYS = Array.from({ length: 1000 }, (_, index) => `bench:${index}`)
const ROUNDS = 9
/** Milliseconds that a contestant is timed for in a round. */
const ROUND = 200

interface Result { readonly contestant: MemoryContestant, readonly rate: number, readonly fromRedis: boolean }

await section('String values', stringOf)
const isolations = new Map<MemoryContestant, string>()
for (const contestant of inMemory) isolations.set(contestant, await isolationOf(contestant))
await section('Objects of ten properties, with an array in them', objectOf, contestant => isolations.get(contestant) ?? '')

async function section (title: string, load: Load, isolation?: (contestant: MemoryContestant) => string): Promise<void> {
  const results = await race(load)
  const own = results.find(({ contestant }) => contestant === ours)?.rate ?? NaN
  const peers = results.filter(({ contestant }) => contestant !== ours && contestant.yardstick !== true)
  const fastest = Math.max(...peers.map(({ rate }) => rate))
  const apart = isolation && (({ contestant }: Result) => isolation(contestant) !== 'no')
  const fastestApart = apart && Math.max(...peers.filter(apart).map(({ rate }) => rate))
  const rows = results.toSorted((a, b) => b.rate - a.rate).map(result => [
    result.contestant.name,
    result.contestant.setUp + (result.fromRedis ? '; **answered from Redis**' : ''),
    ...isolation ? [isolation(result.contestant)] : [],
    thousands(result.rate),
    ratio(result.rate / own),
    ratio(result.rate / fastest),
    ...fastestApart ? [ratio(result.rate / fastestApart)] : []
  ])
  console.log(`${title}:\n`)
  console.log(table([
    'contestant', 'set-up', ...isolation ? ['callers kept apart'] : [], 'hits/s >', '÷ ours >', '÷ fastest peer >',
    ...isolation ? ['÷ fastest that keeps apart >'] : []
  ], rows) + '\n')
}

/** In turn, A B C A B C …, so that what else the machine does meets all alike. */
async function race (load: Load): Promise<Result[]> {
  let loads = 0
  const counted: Load = key => {
    loads++
    return load(key)
  }
  const racers: Array<{ contestant: MemoryContestant, cache: MemoryCache, rates: number[], fromRedis: boolean }> = []
  for (const contestant of inMemory) racers.push({ contestant, cache: await contestant.open(counted), rates: [], fromRedis: false })
  for (const { cache } of racers) await Promise.all(KEYS.map(key => cache.get(key)))
  if (loads !== KEYS.length * racers.length) throw new Error(`${loads} loads, not one of each key and contestant`)
  // Twice over before anything is kept, for the compiler.
  for (let round = -2; round < ROUNDS; round++) {
    for (const racer of racers) {
      const before = await racer.cache.roundTrips?.()
      const rate = await sweep(racer.cache)
      // In the rounds that count: what was loaded before the first one is still being stored then.
      if (round >= 0 && await racer.cache.roundTrips?.() !== before) racer.fromRedis = true
      if (round >= 0) racer.rates.push(rate)
    }
  }
  if (loads !== KEYS.length * racers.length) throw new Error('what should have been a hit was loaded')
  const value = JSON.stringify(await load('bench:999'))
  for (const { contestant, cache } of racers) {
    if (JSON.stringify(await cache.get('bench:999')) !== value) throw new Error(`${contestant.name} answers something else`)
    await cache.close()
  }
  return racers.map(({ contestant, rates, fromRedis }) => ({ contestant, fromRedis, rate: median(rates) }))
}

/** Hits a second, one awaited after another. */
async function sweep (cache: MemoryCache): Promise<number> {
  let hits = 0
  const start = performance.now()
  let elapsed = 0
  while (elapsed < ROUND) {
    for (const key of KEYS) if (await cache.get(key) !== undefined) hits++
    elapsed = performance.now() - start
  }
  return hits / elapsed * 1000
}
