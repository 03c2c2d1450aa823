import { test } from 'tap'
import type { Command } from '../../../plugins/upstash-client/index.ts'
import { startLocal } from '../../local.ts'
import { Random } from '../../random.ts'
import { Chaos, LEASE, ROOMS } from './chaos.ts'
import { leftovers, startUpstash, until } from './upstash.ts'

const STEPS = 500

for (const seed of [1, 2, 3]) {
  test(`six processes that crash, pause and send late, twice or in vain: no ghost, none missing (seed ${seed})`, async t => {
    const random = new Random(seed)
    const local = await startLocal(t, { random: random.number })
    const chaos = new Chaos(t, local, random)
    await chaos.start(6)
    await local.faults.set([
      { kind: 'delay', ms: 0, jitter: 30, probability: 0.4 },
      // Beyond the lease: it arrives when its sender was buried.
      { kind: 'delay', ms: LEASE, jitter: LEASE, probability: 0.02 },
      { kind: 'late', ms: LEASE, probability: 0.03 },
      { kind: 'drop-reply', probability: 0.03 },
      { kind: 'duplicate', ms: 40, probability: 0.05 },
      { kind: 'status', status: 500, probability: 0.02 }
    ])
    for (let step = 0; step < STEPS; step++) await chaos.step()
    await chaos.calm()

    const { app, presence } = await startUpstash(t, local, { grace: 0, window: 5, beat: 60, lease: LEASE })
    const present = async (room: string) => (await presence.list(room)).members.map(({ userId, state }) => `${userId} ${state}`).sort()
    for (const room of ROOMS) {
      const agrees = (members: string[]) => String(members) === String(chaos.expected(room))
      await until(async () => await present(room), agrees)
      for (const { witnesses } of chaos.processes) {
        const witness = witnesses.get(room)
        await until(async () => witness?.members ?? [], agrees)
      }
    }

    await foldsToState(async command => await app.upstash?.send(command))
    chaos.crashAll()
    t.strictSame(chaos.mistakes, [])
    await until(async () => { await presence.list(); return await leftovers(app) }, keys => keys.length === 0)
    t.ok(chaos.crashes > 0 && chaos.pauses > 0 && chaos.events > STEPS)
    t.comment(`seed ${seed}: ${chaos.crashes} crashes, ${chaos.pauses} pauses, ${chaos.events} events`)

    /** Each entry of the stream begins where the one before it ended, and the last is what the hashes have. */
    async function foldsToState (send: (command: Command) => Promise<unknown>): Promise<void> {
      const read = async () => await send(['XRANGE', 'presence:ev', '-', '+']) as Array<[string, [string, string]]>
      // What was sent before the calm may arrive yet, and the two are to be of one moment.
      const [entries, fields] = await until(async () => {
        const before = await read()
        const fields = await Promise.all(ROOMS.map(async room => await send(['HGETALL', `presence:r:${room}`]) as string[]))
        return [before, fields, await read()] as const
      }, ([before, , after]) => before.length === after.length)
      const state = new Map<string, string | false>()
      for (const [id, [, text]] of entries) {
        for (const [room, userId, before, after] of JSON.parse(text) as Array<[string, string, string | false, string | false]>) {
          const name = `${room}/${userId}`
          if ((state.get(name) ?? false) !== before) t.fail(`entry ${id} does not go on from the one before it, for ${name}`)
          state.set(name, after)
        }
      }
      const folded = [...state].filter(([name, after]) => !name.startsWith('*/') && after !== false)
      const stored = ROOMS.flatMap((room, at) => pairs(fields[at] ?? []).map(([userId, field]): [string, string] => [`${room}/${userId}`, field]))
      t.strictSame(folded.sort(), stored.sort())
    }
  })
}

function pairs (list: readonly string[]): Array<[string, string]> {
  return Array.from({ length: list.length / 2 }, (_, index) => [String(list[2 * index]), String(list[2 * index + 1])])
}
