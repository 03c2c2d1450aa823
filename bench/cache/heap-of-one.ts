import { setTimeout as delay } from 'node:timers/promises'
import { median } from '../measure.ts'
import type { Load, MemoryCache, MemoryContestant } from './contestant.ts'
import { inMemory } from './contestants.ts'
import { objectOf, stringOf } from './values.ts'

// Prints, as JSON, by how many bytes the heap grows with one contestant, which is named by its place: medians of three times.

export interface Growth {
  /** Opened, with its first entries. */
  readonly opened: number
  /** With 10,000 more of them. */
  readonly strings: number
  readonly objects: number
}

const contestant = inMemory[Number(process.argv[2])]
if (contestant === undefined) throw new Error(`no contestant at ${process.argv[2]}`)

// Before anything is kept, so that what modules and the compiler take is there already.
await grow(contestant, stringOf)
const runs: Growth[] = []
while (runs.length < 3) {
  const { opened, entries: strings } = await grow(contestant, stringOf)
  const { entries: objects } = await grow(contestant, objectOf)
  runs.push({ opened, strings, objects })
}
const middle = (name: keyof Growth) => median(runs.map(growth => growth[name]))
const growth: Growth = { opened: middle('opened'), strings: middle('strings'), objects: middle('objects') }
console.log(JSON.stringify(growth))

async function grow (contestant: MemoryContestant, load: Load): Promise<{ opened: number, entries: number }> {
  const before = await heap()
  let loads = 0
  const cache = await contestant.open(key => {
    loads++
    return load(key)
  })
  await fill(cache, 'first', 100)
  const opened = await heap()
  await fill(cache, 'bench', 10_000)
  // Once more, for hits: some contestants keep what was written in a form that the first hit changes.
  await fill(cache, 'bench', 10_000)
  const full = await heap()
  if (loads !== 10_100) throw new Error(`${contestant.name} loaded ${loads} times, and does not hold all entries`)
  // Also keeps it until here.
  await cache.close()
  return { opened: opened - before, entries: full - opened }
}

async function fill ({ get }: MemoryCache, name: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += 100) await Promise.all(Array.from({ length: 100 }, (_, index) => get(`${name}:${at + index}`)))
}

/** What is outside the heap counts as well: it is where buffers are. */
async function heap (): Promise<number> {
  // What is stored behind the caller's back is done by then.
  await delay(200)
  for (let times = 0; times < 3; times++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
