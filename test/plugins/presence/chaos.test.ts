import type { FastifyInstance } from 'fastify'
import tap, { test, type Test } from 'tap'
import type { Command } from '../../../plugins/upstash-client/index.ts'
import { startLocal } from '../../local.ts'
import { Random } from '../../random.ts'
import { Chaos, ROOMS, type ChaosOptions } from './chaos.ts'
import { leftovers, until } from './upstash.ts'
import { LEASE, startWorld } from './world.ts'

// Six processes are much for two cores that do something else besides.
tap.setTimeout(180_000)

const STEPS = 200

for (const seed of [1, 2, 3]) {
  test(`six processes that crash, pause and send late, twice or in vain: no ghost, none missing (seed ${seed})`, async t => {
    const chaos = await start(t, seed, { lease: LEASE, crashes: 2 })
    await play(t, chaos, STEPS)
    const { app, presence } = await chaos.world.observer()
    await chaos.world.until(async () => { await presence.list(); return await leftovers(app) }, keys => keys.length === 0)
    t.ok(chaos.crashes > 0 && chaos.events > STEPS)
  })
}

for (const seed of [4, 5]) {
  test(`while no lease ends, nobody is told to have left who is there, whatever becomes of requests (seed ${seed})`, async t => {
    // Crashes, and pauses past the lease, are what makes a leave of somebody who is there, or comes back.
    const chaos = await start(t, seed, { lease: 600_000, crashes: 0 })
    await play(t, chaos, STEPS * 0.75)
    t.ok(chaos.promises > 0)
    t.strictSame([...chaos.falseLeaves], [])
  })
}

async function start (t: Test, seed: number, options: ChaosOptions): Promise<Chaos> {
  // Two, so that what happens to the processes does not depend on how many requests they make.
  const [random, ofWorld] = [new Random(seed), new Random(-seed)]
  const world = await startWorld(t, await startLocal(t, { random: ofWorld.number }), ofWorld)
  const chaos = new Chaos(world, random, options)
  await chaos.start(6)
  return chaos
}

async function play (t: Test, chaos: Chaos, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) await chaos.step()
  await chaos.calm()

  const { app, presence } = await chaos.world.observer()
  const present = async (room: string) => (await presence.list(room)).members.map(({ userId, state }) => `${userId} ${state}`).sort()
  const allAgree = async () => {
    for (const room of ROOMS) {
      const agrees = (members: string[]) => String(members) === String(chaos.expected(room))
      await chaos.world.until(async () => await present(room), agrees)
      for (const witness of chaos.witnesses(room)) await chaos.world.until(() => witness.members, agrees)
    }
  }
  await allAgree()
  await chaos.comeBack()
  await allAgree()

  await assertFold(t, app)
  chaos.crashAll()
  t.strictSame(chaos.mistakes, [])
  const { crashes, pauses, events, resumed, promises, falseLeaves, world: { met } } = chaos
  t.ok(pauses > 0 && resumed > 0)
  t.strictSame(Object.entries(met).filter(([, count]) => count === 0), [])
  t.comment(`${crashes} crashes, ${pauses} pauses, ${events} events, ${resumed} watches resumed, ${falseLeaves.size} leaves of who was there, of ${promises} promises`)
  t.comment(`requests: ${Object.entries(met).map(([fate, count]) => `${count} ${fate}`).join(', ')}`)
}

/** Each entry of the stream begins where the one before it ended, and the last is what the hashes have. */
async function assertFold (t: Test, app: FastifyInstance): Promise<void> {
  const send = async (command: Command) => await app.upstash?.send(command)
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

function pairs (list: readonly string[]): Array<[string, string]> {
  return Array.from({ length: list.length / 2 }, (_, index) => [String(list[2 * index]), String(list[2 * index + 1])])
}
