import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { test, type Test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { LocalUpstash } from '../../../local/index.ts'
import type { Cache, LoadContext, LoadOptions } from '../../../plugins/cache/index.ts'
import type { UpstashClient } from '../../../plugins/upstash-client/index.ts'
import { startCache, startCacheOn } from '../../cache.ts'
import { startLocal } from '../../local.ts'

const LOCK: LoadOptions = { lock: true }

async function startPair (t: Test): Promise<{ local: LocalUpstash, client: UpstashClient, holder: Cache, other: Cache }> {
  const { local, client, cache: holder } = await startCache(t)
  return { local, client, holder, other: await startCacheOn(t, local) }
}

/** A load under the lock that has begun, and waits to be told its end. */
async function heldLoad (cache: Cache, options: LoadOptions = LOCK): Promise<{ answer: Promise<string>, end: (how: (context: LoadContext) => string) => void }> {
  const [started, held] = [new Deferred<void>(), new Deferred<(context: LoadContext) => string>()]
  const answer = cache.getOrSet('key', async context => { started.resolve(); return (await held.promise)(context) }, options)
  await started.promise
  return { answer, end: held.resolve }
}

/** Resolves when a call of this cache has looked at another's lock. */
async function polled (local: LocalUpstash): Promise<void> {
  const before = local.stats().byCommand['mget'] ?? 0
  await eventually(() => (local.stats().byCommand['mget'] ?? 0) > before + 1, 'it polls')
}

test('one process loads, the other waits for its value', async t => {
  const { local, client, holder, other } = await startPair(t)
  const { answer, end } = await heldLoad(holder)
  const waiting = other.getOrSet('key', () => 'its own', LOCK)
  await polled(local)
  end(() => 'shared')
  t.same(await Promise.all([answer, waiting]), ['shared', 'shared'])
  t.equal(other.stats().loads, 0)
  await eventually(async () => holder.stats().stored === 1, 'it is kept')
  t.same((await client.send<[string, string[]]>(['SCAN', '0', 'MATCH', 'cache:l:*', 'COUNT', '100']))[1], [], 'the lock is gone')
})

test('the winner pays two commands and one round trip more', async t => {
  const { local, holder } = await startPair(t)
  await holder.getOrSet('key', ({ skip }) => { skip() })
  await local.settled()
  local.resetStats()
  await holder.getOrSet('key', () => 'value', LOCK)
  await eventually(() => holder.stats().stored === 1, 'it is kept')
  await local.settled()
  t.match(local.stats(), { billedCommands: 4, roundTrips: 3 })
})

test('who waits for another\'s lock pays one command and one round trip a look', async t => {
  const { local, holder, other } = await startPair(t)
  const { answer, end } = await heldLoad(holder)
  const waiting = other.getOrSet('key', () => 'its own', LOCK)
  await polled(local)
  local.resetStats()
  const looks = () => local.stats().byCommand['mget'] ?? 0
  await eventually(() => looks() >= 3, 'it looks three times')
  end(() => 'shared')
  t.same(await Promise.all([answer, waiting]), ['shared', 'shared'])
  await eventually(() => holder.stats().stored === 1, 'it is kept')
  await local.settled()
  // Besides, the holder kept its value and freed the lock, in one request.
  t.match(local.stats(), { billedCommands: looks() + 2, roundTrips: looks() + 1 })
})

const ENDS: Record<string, (context: LoadContext) => string> = {
  throws: () => { throw new Error('no') },
  skips: ({ skip }) => { skip(); return 'skipped' },
  'answers what cannot be kept': () => Math.max as unknown as string,
  'answers undefined': () => undefined as unknown as string
}

for (const [how, ending] of Object.entries(ENDS)) {
  test(`where the loader ${how}, the next process loads at once`, async t => {
    const { local, holder, other } = await startPair(t)
    const { answer, end } = await heldLoad(holder)
    const waiting = other.getOrSet('key', () => 'its own', LOCK)
    await polled(local)
    end(ending)
    await answer.catch(() => {})
    t.equal(await waiting, 'its own')
  })
}

test('what was invalidated while it was loaded frees the lock as well', async t => {
  const { local, holder } = await startPair(t)
  const { answer, end } = await heldLoad(holder)
  await holder.delete('key')
  end(() => 'void')
  await answer
  await eventually(() => local.stats().byCommand['unlink'] === 2, 'it is freed')
})

test('who asks after an invalidation does not wait for a load that it made void', async t => {
  const { holder, other } = await startPair(t)
  const { answer, end } = await heldLoad(holder)
  await other.delete('key')
  t.equal(await other.getOrSet('key', () => 'newer', LOCK), 'newer')
  end(() => 'older')
  await answer
  t.not(await (other).get('key'), 'older')
})

test('nor does who was waiting when it came', async t => {
  const { local, holder, other } = await startPair(t)
  const { answer, end } = await heldLoad(holder)
  const waiting = other.getOrSet('key', () => 'newer', LOCK)
  await polled(local)
  await holder.delete('key')
  t.equal(await waiting, 'newer')
  end(() => 'older')
  await answer
})

test('where Redis goes away meanwhile, who waits loads', async t => {
  const { local, holder, other } = await startPair(t)
  const { answer, end } = await heldLoad(holder)
  const waiting = other.getOrSet('key', () => 'its own', LOCK)
  await polled(local)
  await local.faults.set({ kind: 'refuse' })
  t.equal(await waiting, 'its own')
  end(() => 'value')
  await answer
})

test('where Redis does not tell who has the lock, the loader runs, and its value is kept', async t => {
  const { local, holder } = await startPair(t)
  await holder.getOrSet('key', ({ skip }) => { skip() })
  await local.faults.set({ kind: 'drop-reply', command: 'SET', times: 1 })
  t.equal(await holder.getOrSet('key', () => 'value', LOCK), 'value')
  await eventually(() => holder.stats().stored === 1, 'it is kept')
})

test('where the stamps cannot be made again, who waits loads', async t => {
  const { local, holder, other } = await startPair(t)
  const { answer, end } = await heldLoad(holder)
  const waiting = other.getOrSet('key', () => 'its own', LOCK)
  await polled(local)
  await local.faults.set({ kind: 'reset', command: 'SET' })
  await holder.delete('key')
  t.equal(await waiting, 'its own')
  end(() => 'void')
  await answer
})

test('nobody waits for longer than the loader and Redis may take', async t => {
  const { local, holder } = await startPair(t)
  const { answer, end } = await heldLoad(holder, { lock: true, timeout: 5_000 })
  const impatient = await startCacheOn(t, local, {}, { timeLimit: 200 })
  t.equal(await impatient.getOrSet('key', () => 'its own', { lock: true, timeout: 100 }), 'its own')
  end(() => 'value')
  await answer
})

test('calls of this process wait together, with one poll for all', async t => {
  const { local, holder, other } = await startPair(t)
  const { answer, end } = await heldLoad(holder)
  const calls = Array.from({ length: 25 }, () => other.getOrSet('key', () => 'its own', LOCK))
  await polled(local)
  calls.push(other.getOrSet('key', () => 'its own', LOCK))
  end(() => 'shared')
  t.same(new Set([await answer, ...await Promise.all(calls)]), new Set(['shared']))
})

interface Told { loads?: number, values?: string[] }

/** Processes of their own, and what they tell. */
async function startProcesses (t: Test, local: LocalUpstash): Promise<{ children: ChildProcess[], told: Told[] }> {
  const told: Told[] = []
  const children = Array.from({ length: 4 }, () => fork(new URL('./lock-child.ts', import.meta.url), [local.url, local.token]))
  await Promise.all(children.map(child => once(child, 'message')))
  for (const child of children) {
    child.on('message', message => { told.push(message as Told) })
    t.after(() => { if (child.connected) child.disconnect() })
  }
  return { children, told }
}

test('four processes with 25 calls each run the loader once; one that dies delays the others by its lock\'s life', async t => {
  const local = await startLocal(t)
  const { children, told } = await startProcesses(t, local)
  const loads = () => told.flatMap(({ loads }) => loads ?? [])
  const values = () => told.flatMap(({ values }) => values ?? [])

  // The stamps are there, so that each process sets the lock alone.
  await (await startCacheOn(t, local)).getOrSet('shared', ({ skip }) => { skip() })
  local.resetStats()
  for (const child of children) child.send({ key: 'shared', timeout: 30_000 })
  await eventually(() => loads().length > 0 && local.stats().byCommand['set'] === 4, 'one loads, and all have asked for the lock', 30_000)
  for (const child of children) child.send('end')
  await eventually(() => values().length === 4, 'all are answered', 30_000)
  t.equal(loads().length, 1)
  t.same(new Set(values()), new Set([`of ${loads()[0]}`]))

  told.length = 0
  for (const child of children) child.send({ key: 'orphaned', timeout: 2_000 })
  await eventually(() => loads().length === 1, 'one loads', 30_000)
  const [holder] = loads()
  children.find(({ pid }) => pid === holder)?.kill('SIGKILL')
  await eventually(() => loads().length === 2, 'another one loads', 60_000)
  for (const child of children) if (child.connected) child.send('end')
  await eventually(() => values().length === 3, 'the others are answered', 30_000)
  t.equal(loads().length, 2, 'one of them loaded')
  t.same(new Set(values()), new Set([`of ${loads()[1]}`]))
})
