import { setTimeout } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { Deferred, eventually } from '../../../contracts/expect.ts'
import type { LocalUpstash } from '../../../local/index.ts'
import cachePlugin, { type Cache, type CacheKey, type CacheOptions } from '../../../plugins/cache/index.ts'
import type { UpstashClient } from '../../../plugins/upstash-client/index.ts'
import { startClient } from '../../client.ts'
import { startGate } from '../../gate.ts'
import { startLocal } from '../../local.ts'
import { LOSSES } from '../../losses.ts'

// Two apps on one endpoint stand for two processes: they share nothing else.

interface Process { cache: Cache, client: UpstashClient }

async function startProcess (t: Test, local: Pick<LocalUpstash, 'url' | 'token'>, options: CacheOptions = {}, timeLimit = 20_000): Promise<Process> {
  const { app, client } = await startClient(t, local, { timeLimit })
  // What the processes have in memory, they admit to be late; what they have in Redis is never outdated.
  await app.register(cachePlugin, { memory: false, ...options })
  return { cache: app.cache, client }
}

async function startTwo (t: Test, options?: CacheOptions): Promise<{ local: LocalUpstash, a: Process, b: Process }> {
  const local = await startLocal(t)
  return { local, a: await startProcess(t, local, options), b: await startProcess(t, local, options) }
}

/** A load of a process that has begun and waits to be let go on. */
async function heldLoad ({ cache }: Process, key: CacheKey, tags: string[] = []): Promise<{ answer: Promise<string>, goOn: (value: string) => void }> {
  const [started, held] = [new Deferred<void>(), new Deferred<string>()]
  const answer = cache.getOrSet(key, () => { started.resolve(); return held.promise }, { tags })
  await started.promise
  return { answer, goOn: held.resolve }
}

/** Whatever a process has sent is settled when this is. */
async function settle ({ cache }: Process): Promise<void> {
  await cache.set(['settle'], 'value')
}

const WAYS: Record<string, (cache: Cache) => Promise<boolean>> = {
  delete: cache => cache.delete('key'),
  set: cache => cache.set('key', 'newer', { tags: ['tag'] }),
  'tag invalidation': cache => cache.invalidateTags('tag'),
  clear: cache => cache.clear(),
  refresh: async cache => {
    await cache.getOrSet('key', () => 'newer', { refresh: true, tags: ['tag'] })
    return true
  }
}

for (const [way, invalidate] of Object.entries(WAYS)) {
  test(`a ${way} of another process, while a load runs, is not undone by it`, async t => {
    const { a, b } = await startTwo(t)
    const { answer, goOn } = await heldLoad(b, 'key', ['tag'])
    t.equal(await invalidate(a.cache), true)
    goOn('outdated')
    t.equal(await answer, 'outdated', 'who asked before is answered')
    await settle(b)
    for (const { cache } of [a, b]) t.not(await cache.get('key'), 'outdated')
    t.not(await b.cache.getOrSet('key', () => 'loaded', { tags: ['tag'] }), 'outdated')
  })
}

for (const [how, lose] of Object.entries(LOSSES)) {
  for (const gone of ['cache:e', 'cache:e:', 'cache:f::key', 'cache:t:tag']) {
    test(`${gone} ${how} makes a miss, also together with an invalidation while a load runs`, async t => {
      const { a, b } = await startTwo(t)
      const loseIt = () => lose(a.client, gone)
      await a.cache.set('key', 'value', { tags: ['tag'] })
      await loseIt()
      t.equal(await b.cache.get('key', { tags: ['tag'] }), undefined)
      const { answer, goOn } = await heldLoad(b, 'key', ['tag'])
      await loseIt()
      await a.cache.delete('key')
      await a.cache.invalidateTags('tag')
      await loseIt()
      goOn('outdated')
      await answer
      await settle(b)
      t.equal(await a.cache.get('key'), undefined)
      // Stamps made anew do not bring back what was recorded under older ones.
      await a.cache.getOrSet('key', ({ skip }) => { skip() }, { tags: ['tag'] })
      t.equal(await a.cache.get('key'), undefined)
    })
  }
}

test('of two processes that make a stamp at once, the second takes the first one\'s, so that what both load is kept', async t => {
  const { local, a, b } = await startTwo(t)
  await local.faults.set({ kind: 'delay', ms: 30, jitter: 20, command: 'SET' })
  await Promise.all([a.cache.getOrSet('one', () => 'one'), b.cache.getOrSet('other', () => 'other')])
  await Promise.all([a, b].map(({ cache }) => eventually(() => cache.stats().stored === 1, 'it is kept')))
  t.same(await a.cache.getMany(['one', 'other']), ['one', 'other'])
})

test('"fence evicted": a fence that is gone after a delete does not let an older load in', async t => {
  const { a, b } = await startTwo(t)
  await a.cache.getOrSet('key', ({ skip }) => { skip() })
  const { answer, goOn } = await heldLoad(b, 'key')
  await a.cache.delete('key')
  goOn('outdated')
  await answer
  await settle(b)
  t.equal(await a.cache.get('key'), undefined)
})

test('"SET NX beside the loader": the loader begins when its stamps are acknowledged, not before', async t => {
  const { local, b } = await startTwo(t)
  await local.faults.set({ kind: 'delay', ms: 100, command: 'SET' })
  await b.cache.getOrSet('key', () => { t.equal(local.stats().byCommand['set'], 3) })
})

test('"entry stored though SET NX was not acknowledged": then nothing is kept', async t => {
  const { local, b } = await startTwo(t)
  await local.faults.set({ kind: 'drop-reply', command: 'SET', times: 1 })
  t.equal(await b.cache.getOrSet('key', () => 'value'), 'value')
  await eventually(async () => b.cache.stats().notStored === 1, 'it is not kept')
  t.equal(await b.cache.get('key'), undefined)
  t.equal(local.stats().byCommand['set'], 3, 'and nothing was sent again')
})

test('"set in one trip": the value is sent when its fence is acknowledged, not before', async t => {
  const { local, a, b } = await startTwo(t)
  await a.cache.set('key', 'older')
  await local.faults.set({ kind: 'drop-reply', command: 'SET', times: 1 })
  t.equal(await b.cache.set('key', 'newer'), false)
  t.equal(await a.cache.get('key'), undefined, 'the older one is gone with its fence')
})

test('a set that was answered false keeps nothing later, under stamps that are younger than an invalidation after it', async t => {
  const local = await startLocal(t)
  const gate = await startGate(t, local)
  const [a, b] = [await startProcess(t, local), await startProcess(t, gate, {}, 1_000)]
  const [fence, stamps] = [gate.hold('SET'), gate.hold('SET')]
  const set = b.cache.set('key', 'older', { tags: ['tag'] })
  await fence.here
  // So that the second request is still waited for when the set has run out of time.
  await setTimeout(500)
  fence.goOn()
  await stamps.here
  t.equal(await set, false)
  t.equal(await a.cache.invalidateTags('tag'), true)
  stamps.goOn()
  await stamps.executed
  await settle(b)
  t.equal(await a.cache.get('key'), undefined)
  t.equal(await a.client.send(['EXISTS', 'cache:v::key']), 0)
})

test('"delete re-sent": a delete that arrives late, or twice, makes a miss at most', async t => {
  const { local, a, b } = await startTwo(t)
  await a.cache.set('key', 'older')
  await local.faults.set({ kind: 'duplicate', ms: 50, command: 'UNLINK', times: 1 })
  t.equal(await a.cache.delete('key'), true)
  await b.cache.getOrSet('key', () => 'newer')
  await eventually(async () => local.stats().byCommand['unlink'] === 2, 'it arrives again')
  t.not(await a.cache.get('key'), 'older')
  t.not(await b.cache.getOrSet('key', () => 'newest'), 'older')
})

test('"two writers at once": one of both is kept, or nothing', async t => {
  const { a, b } = await startTwo(t)
  for (let round = 0; round < 20; round++) {
    await Promise.all([a.cache.set('key', `a${round}`), b.cache.set('key', `b${round}`)])
    t.ok([`a${round}`, `b${round}`, undefined].includes(await a.cache.get<string>('key')))
  }
})

test('"setTags: stamps read after the loader": a tag that was invalidated while the load ran is not recorded', async t => {
  const { a, b } = await startTwo(t)
  const load = (during: () => Promise<unknown>) => b.cache.getOrSet('key', async ({ setTags }) => { await during(); setTags(['told']); return 'value' })
  await load(async () => {})
  await load(async () => {})
  await eventually(() => b.cache.has('key'), 'it is kept, if not the first time')
  await a.cache.delete('key')
  await load(() => a.cache.invalidateTags('told'))
  await settle(b)
  t.equal(await a.cache.get('key'), undefined)
})

test('"any later call joins": with staleness 0, a call after another process\'s invalidation loads by itself', async t => {
  const { a, b } = await startTwo(t, { namespaces: { rights: { staleness: 0 } } })
  const rights = b.cache.namespace('rights')
  const [started, held] = [new Deferred<void>(), new Deferred<string>()]
  const first = rights.getOrSet('key', () => { started.resolve(); return held.promise })
  await started.promise
  await a.cache.namespace('rights').delete('key')
  t.equal(await rights.getOrSet('key', () => 'revoked'), 'revoked')
  held.resolve('granted')
  t.equal(await first, 'granted')
  await settle(b)
  t.not(await a.cache.namespace('rights').get('key'), 'granted')
})
