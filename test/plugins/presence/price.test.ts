import { test, type Test } from 'tap'
import type { LocalUpstash } from '../../../local/index.ts'
import type { Presence } from '../../../plugins/presence/index.ts'
import { startLocal } from '../../local.ts'
import { startStill, startUpstash, until } from './upstash.ts'

const names = (count: number, first = 0) => Array.from({ length: count }, (_, index) => `user ${first + index}`)

/** What work costs in billed commands and round trips, by the endpoint's meter. */
async function price (local: LocalUpstash, work: () => unknown): Promise<{ billed: number, trips: number }> {
  await local.settled()
  local.resetStats()
  await work()
  await local.settled()
  const { billedCommands: billed, roundTrips: trips } = local.stats()
  return { billed, trips }
}

/** An endpoint whose Redis has run each script before, as any has but on the day of the first start. */
async function startKnown (t: Test): Promise<LocalUpstash> {
  const local = await startLocal(t)
  const { app, presence, clock, reader, leave } = await startStill(t, local, { keyPrefix: 'before:' })
  await reader('warm').expect('snapshot')
  presence.connect({ userId: 'ann', room: 'warm' })
  await presence.count('warm')
  await presence.setCustomStatus('ann', { text: 'here' })
  clock.advance(25_000)
  await until(async () => local.stats().byCommand['xrange'], count => Number(count) > 0)
  leave()
  await app.close()
  return local
}

/** Resolves when what a process has to say is written. */
async function written (presence: Presence, room: string): Promise<void> {
  await presence.count(room)
}

test('who comes and who goes', async t => {
  for (const [everywhere, extra] of [[false, 0], [true, 2]] as const) {
    const local = await startKnown(t)
    const { presence } = await startStill(t, local, { everywhere })
    presence.connect({ userId: 'first', room: 'chat' })
    await written(presence, 'chat')
    // The count that waits for the write is a command and a round trip itself.
    const write = async (work: () => unknown) => {
      const { billed, trips } = await price(local, async () => { work(); await written(presence, 'chat') })
      return { billed: billed - 1, trips: trips - 1 }
    }
    for (const count of [1, 50]) {
      const users = names(count)
      const connections: Array<{ close (): void }> = []
      const come = await write(() => { for (const userId of users) connections.push(presence.connect({ userId, room: 'chat' })) })
      t.strictSame(come, { billed: 6 + extra, trips: 1 }, `${count} come`)
      const more = await write(() => { for (const userId of users) presence.connect({ userId, room: 'chat' }).close() })
      t.strictSame(more, { billed: 0, trips: 0 }, 'a second connection of each')
      const go = await write(() => { for (const connection of connections) connection.close() })
      t.ok(go.billed <= 9 + extra && go.trips === 1, `${count} go: ${go.billed} / ${go.trips}`)
    }
  }
})

test('what is asked', async t => {
  const local = await startKnown(t)
  const { presence } = await startStill(t, local)
  for (const userId of names(200)) presence.connect({ userId, room: 'chat' })
  await written(presence, 'chat')
  t.strictSame(await price(local, () => presence.list('chat')), { billed: 1, trips: 1 })
  t.strictSame(await price(local, () => presence.count('chat')), { billed: 1, trips: 1 })
  t.strictSame(await price(local, () => presence.getMany(names(200), 'chat')), { billed: 2, trips: 1 })
  t.strictSame(await price(local, () => presence.get('user 1')), { billed: 2, trips: 1 })
  t.strictSame(await price(local, () => presence.signal('chat', 'user 1', 'typing')), { billed: 1, trips: 1 })
})

test('a thousand users in twenty rooms of four processes: their coming, and a beat of each, watched and not', async t => {
  const local = await startKnown(t)
  const processes = await Promise.all(Array.from({ length: 4 }, () => startStill(t, local)))
  const cold = await price(local, async () => {
    for (const [index, { presence }] of processes.entries()) {
      for (const [at, userId] of names(250, 250 * index).entries()) presence.connect({ userId, room: `room ${at % 20}` })
    }
    for (const { clock } of processes) clock.advance(250)
    await until(async () => local.stats().byCommand['publish'], count => Number(count) >= 4)
  })
  t.ok(cold.billed <= 230 && cold.trips <= 8, `${cold.billed} / ${cold.trips}`)
  t.equal((await processes[0]?.presence.count())?.total, 1000)
  const beat = async () => await price(local, async () => {
    for (const { clock } of processes) clock.advance(25_000)
    await until(async () => local.stats().byCommand['evalsha'], count => count === 4)
  })
  t.strictSame(await beat(), { billed: 16, trips: 4 })
  for (const { reader } of processes) await reader('room 1').next()
  t.strictSame(await beat(), { billed: 20, trips: 4 })
})

test('what is followed, and what is said of oneself', async t => {
  const local = await startKnown(t)
  const [{ presence, reader }, alone] = [await startStill(t, local), await startStill(t, local)]
  presence.connect({ userId: 'ann', room: 'chat' })
  await written(presence, 'chat')
  const watch = reader('chat')
  t.strictSame(await price(local, async () => await watch.next()), { billed: 4, trips: 2 }, 'the first watch')
  t.strictSame(await price(local, async () => await reader('other').next()), { billed: 3, trips: 1 }, 'of another room')
  const { lastId } = watch
  const status = await price(local, async () => await presence.setCustomStatus('ann', { text: 'here' }))
  t.ok(status.billed <= 10 && status.trips === 2, `${status.billed} / ${status.trips}`)
  await watch.next()
  t.strictSame(await price(local, async () => await reader('chat', lastId).next()), { billed: 0, trips: 0 }, 'back, within what is known')
  const reading = alone.reader('chat')
  await reading.next()
  presence.connect({ userId: 'bob', room: 'chat' })
  await written(presence, 'chat')
  await watch.next()
  await reading.next()
  t.strictSame(await price(local, async () => await alone.reader('chat', watch.lastId.replace(/^\d+-\d+/, lastId.split('-').slice(0, 2).join('-'))).next()), { billed: 1, trips: 1 }, 'back, from the stream')
  const late = await startStill(t, local)
  t.strictSame(await price(local, async () => await late.presence.count('chat')), { billed: 4, trips: 2 }, 'a look for the dead, and a count')
})

test('nobody here and nobody watching costs nothing', async t => {
  const local = await startKnown(t)
  const { presence, clock, reader, leave } = await startStill(t, local)
  t.strictSame(await price(local, () => clock.advance(600_000)), { billed: 0, trips: 0 })
  const ann = presence.connect({ userId: 'ann', room: 'chat' })
  await written(presence, 'chat')
  await reader('chat').next()
  ann.close()
  leave()
  clock.advance(25_000)
  await until(async () => local.stats().byCommand['zrem'], count => Number(count) > 0)
  t.strictSame(await price(local, () => clock.advance(600_000)), { billed: 0, trips: 0 })
})

test('the close of a process is one request, whoever is there', async t => {
  const local = await startKnown(t)
  const { app, presence } = await startStill(t, local, { grace: 5000 })
  for (const [index, userId] of names(200).entries()) presence.connect({ userId, room: `room ${index % 4}` })
  await written(presence, 'room 0')
  // EVALSHA, the fence, of each of five rooms HMGET and HDEL, one entry and its message, last seen and its bound, the node and its rooms.
  t.strictSame(await price(local, async () => await app.close()), { billed: 18, trips: 1 })
})

test('what the plugin says that it sent is what the endpoint counts', async t => {
  const local = await startKnown(t)
  const { presence } = await startUpstash(t, local, { grace: 0, window: 5 })
  local.resetStats()
  presence.connect({ userId: 'ann', room: 'chat' })
  await written(presence, 'chat')
  await presence.getMany(['ann', 'bob'])
  await local.settled()
  const { commands, roundTrips } = presence.stats()
  t.equal(roundTrips, local.stats().roundTrips)
  t.ok(commands >= local.stats().billedCommands, `${commands} of ${local.stats().billedCommands}`)
})
