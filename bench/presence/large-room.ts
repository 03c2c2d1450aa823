import { setTimeout as delay } from 'node:timers/promises'
import { startLocalUpstash, type LocalUpstash } from '../../local/index.ts'
import { table } from '../markdown.ts'
import { startRedis } from '../cache/redis-server.ts'
import { median, timed } from '../measure.ts'
import { settled } from './in-flight.ts'
import { openPresence } from './ours.ts'
import { LARGE_ROOM, TIMES } from './setting.ts'
import { VirtualClock } from './virtual-clock.ts'

// (c) A room of 10,000 on a redis-server, all on one process, which then dies without a word. The endpoint is in the process that measures.

const { members, reads, lease, beat, patience } = LARGE_ROOM
const ROOM = 'hall'
const times = { ...TIMES, lease, beat }

const redis = await startRedis()
const local = await startLocalUpstash({ redisUrl: `redis://127.0.0.1:${redis.port}` })
const dying = new VirtualClock(settled)
const living = new VirtualClock(settled)
const dead = await openPresence(local, times, dying)
const alive = await openPresence(local, times, living)
try {
  const lines = [await row(`${members.toLocaleString('en')} users of one process join at once`, local, async () => {
    for (let index = 0; index < members; index++) dead.presence.connect({ userId: `user:${index}`, room: ROOM })
    await dying.pass(2 * times.window)
  })]
  const began = performance.now()
  lines.push(await reading('list', async () => await alive.presence.list(ROOM)))
  lines.push(await reading('count', async () => await alive.presence.count(ROOM)))

  // Its clock stands still from here on: no beat of it comes any more.
  await delay(Math.max(0, lease - (performance.now() - began)) + 500)
  alive.presence.connect({ userId: 'witness', room: ROOM })
  let beats = 0
  lines.push(await row('reap of the dead process', local, async () => {
    // One at least: a count may leave out at once whom a beat has yet to remove.
    do await living.pass(beat)
    while (++beats < patience && await others() > 0)
  }, () => beats === patience ? 'not reaped' : `beats of the other process: ${beats}`))
  console.log(table(['what', 'time >', 'billed commands >', 'round trips >', 'note'], lines))
} finally {
  await alive.close()
  await dead.close()
  await local.close()
  await redis.stop()
}

/** Users of the room that are not the witness. The price of asking is a part of what is told: one command a beat. */
async function others (): Promise<number> {
  return (await alive.presence.count(ROOM)).total - 1
}

async function reading (name: string, read: () => Promise<{ total: number, source: string }>): Promise<string[]> {
  const { total, source } = await read()
  const took: number[] = []
  local.resetStats()
  for (let index = 0; index < reads; index++) took.push(await timed(read))
  const { billedCommands, roundTrips } = local.stats()
  return [`${name}, median of ${reads}`, ms(median(took)), String(billedCommands / reads), String(roundTrips / reads), `${total.toLocaleString('en')} found, source ${source}`]
}

async function row (name: string, { resetStats, stats }: LocalUpstash, work: () => Promise<unknown>, note = () => ''): Promise<string[]> {
  resetStats()
  const took = await timed(work)
  const { billedCommands, roundTrips } = stats()
  return [name, ms(took), billedCommands.toLocaleString('en'), roundTrips.toLocaleString('en'), note()]
}

function ms (value: number): string {
  return value >= 100 ? `${Math.round(value)} ms` : `${Number(value.toPrecision(2))} ms`
}
