import { endpointBed, redisBed, type Bed, type Cost } from './bed.ts'
import type { RedisContestant } from './contestant.ts'
import { oursInRedis, peersInRedis } from './contestants.ts'
import { table } from '../markdown.ts'
import { overtaken } from './overtaken.ts'
import { expiry, loads, open, ROWS, type PriceRow } from './price-rows.ts'

// (b) What each row of the price list costs each contestant, in commands and round trips.

interface Price extends Cost { readonly loads: number }
interface Player { readonly contestant: RedisContestant, readonly bed: Bed }

const players: Player[] = [{ contestant: oursInRedis, bed: await endpointBed() }]
for (const contestant of peersInRedis) players.push({ contestant, bed: await redisBed() })
try {
  const lines: string[][] = []
  for (const row of ROWS) lines.push([row.name, ...(await play(row)).map(written)])
  const outcomes = []
  for (const { contestant, bed } of players) outcomes.push(await overtaken(contestant, bed))
  lines.push(['an entry that is deleted while another process loads it', ...outcomes])
  console.log(table(['commands / round trips', ...players.map(({ contestant }) => `${contestant.name} >`)], lines))
} finally {
  await Promise.all(players.map(({ bed }) => bed.stop()))
}

async function play (row: PriceRow): Promise<Array<Price | undefined>> {
  await Promise.all(players.filter(player => fits(row, player)).map(player => prepare(row, player)))
  if (row.expired === true) await expiry()
  if (row.lasting === true) return await Promise.all(players.map(player => priceOf(row, player)))
  const prices = []
  for (const player of players) prices.push(await priceOf(row, player))
  return prices
}

function fits ({ tags = [], memory }: PriceRow, { contestant }: Player): boolean {
  return tags.length <= contestant.mostTags && (memory === undefined || contestant.memory)
}

async function prepare (row: PriceRow, { contestant, bed }: Player): Promise<void> {
  await bed.flush()
  const cache = await open(row, contestant, bed.url)
  // What is stored behind the caller's back has to arrive as well.
  await bed.price(async () => await row.prepare?.(cache))
  await cache.close()
}

/** Undefined where the contestant has no such operation. */
async function priceOf (row: PriceRow, player: Player): Promise<Price | undefined> {
  if (!fits(row, player)) return undefined
  const { contestant, bed } = player
  const cache = await open(row, contestant, bed.url)
  try {
    const work = row.work(cache)
    if (work === undefined) return undefined
    await row.warm?.(cache)
    loads.count = 0
    return { ...await bed.price(work), loads: loads.count }
  } catch (cause) {
    throw new Error(`${contestant.name}: ${row.name}`, { cause })
  } finally {
    await cache.close()
  }
}

function written (price: Price | undefined): string {
  if (price === undefined) return '—'
  const cost = [price.commands, price.roundTrips].map(count => count.toLocaleString('en')).join(' / ')
  return price.loads > 1 ? `${cost}; ${price.loads} loads` : cost
}
