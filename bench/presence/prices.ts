import { startLocalUpstash, type LocalUpstash } from '../../local/index.ts'
import { table } from '../markdown.ts'
import { startRedis } from '../cache/redis-server.ts'
import type { Contestant } from './contestant.ts'
import { settled } from './in-flight.ts'
import { centrifugo } from './layouts/centrifugo.ts'
import { indexedKeys, scannedKeys } from './layouts/key-per-connection.ts'
import { sortedSets } from './layouts/sorted-set.ts'
import { ours } from './ours.ts'
import { peer } from './peer.ts'
import { GUESTS_A_ROOM, inhabit, ROOMS, ROWS, type PriceRow, type Stage } from './price-rows.ts'
import { HOUSE } from './setting.ts'
import { VirtualClock } from './virtual-clock.ts'

// (a) What each row costs each contestant, in billed commands and round trips, by the local endpoint's meter on a redis-server.

const CONTESTANTS: readonly Contestant[] = [ours, ...[scannedKeys, indexedKeys, sortedSets, centrifugo].map(peer)]

const redis = await startRedis()
const local = await startLocalUpstash({ redisUrl: `redis://127.0.0.1:${redis.port}` })
try {
  const lines = []
  for (const row of ROWS) {
    const cells = [row.name]
    for (const contestant of CONTESTANTS) cells.push(await price(row, contestant, local))
    lines.push(cells)
  }
  console.log(table(['billed commands / round trips', ...CONTESTANTS.map(({ name }) => `${name} >`)], lines))
} finally {
  await local.close()
  await redis.stop()
}

async function price (row: PriceRow, contestant: Contestant, local: LocalUpstash): Promise<string> {
  await local.flush()
  const clock = new VirtualClock(settled)
  const parties = []
  for (let index = 0; index < HOUSE.processes; index++) parties.push(await contestant.open(local, clock))
  const stage = { parties, clock, share: row.lasting === true ? contestant.share : 1 }
  try {
    if (row.inhabited) await inhabit(stage)
    if (row.watched === true) {
      if (parties.some(({ watch }) => watch === undefined)) return '—'
      for (const { watch } of parties) for (const room of ROOMS) watch?.(room)
    }
    await clock.pass(0)
    local.resetStats()
    await row.work(stage)
    const { billedCommands, roundTrips } = local.stats()
    if (row.inhabited) await check(stage, contestant)
    return [billedCommands, roundTrips].map(count => Math.round(count / stage.share).toLocaleString('en')).join(' / ')
  } finally {
    await Promise.all(parties.map(party => party.close()))
    await settled()
  }
}

/** Who lost somebody was not cheaper but wrong. */
async function check ({ parties: [first] }: Stage, { name }: Contestant): Promise<void> {
  for (const room of ROOMS) {
    const found = await first?.list(room)
    if (found !== undefined && found !== GUESTS_A_ROOM) throw new Error(`${name} has ${found} of ${GUESTS_A_ROOM} users in a room`)
  }
}
