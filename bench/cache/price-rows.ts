import { setTimeout as delay } from 'node:timers/promises'
import { TTL, type Load, type RedisCache, type RedisContestant } from './contestant.ts'

/** A row of the price list, as played with each contestant that has what it takes. */
export interface PriceRow {
  readonly name: string
  readonly tags?: readonly string[]
  /** It is about a tier before Redis. */
  readonly memory?: true
  readonly fence?: false
  /** The entries of the preparation expire before it is measured. */
  readonly expired?: true
  /** It goes on for a time, so all contestants may as well at once. */
  readonly lasting?: true
  /** Not counted. By another cache than the work's, as another process would. */
  prepare? (cache: RedisCache): Promise<unknown>
  /** Not counted either, by the work's own cache. */
  warm? (cache: RedisCache): Promise<unknown>
  /** Nothing where there is no such operation; otherwise what is counted. */
  work (cache: RedisCache): (() => Promise<unknown>) | undefined
}

/** Seconds. */
const SHORT = 1
const THREE = ['a', 'b', 'c']
const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `key:${index}`)
/** Runs of a loader, in whatever row is played. */
export const loads = { count: 0 }
const load: Load = async key => {
  loads.count++
  return key
}
const failing: Load = async () => {
  loads.count++
  throw new Error('no')
}
const refuse: Load = async key => { throw new Error(`${key} should have been a hit`) }

const fill = (count: number, tags?: readonly string[]) => async (cache: RedisCache) => {
  for (let at = 0; at < count; at += 500) await Promise.all(keys(count).slice(at, at + 500).map(key => cache.getOrSet(key, load, tags)))
}
/** Another key before: what only the first use of a cache costs is no subject here. */
const other = async (cache: RedisCache, tags?: readonly string[]) => await cache.getOrSet('other', load, tags)
const all = async (works: ReadonlyArray<Promise<unknown>>) => await Promise.allSettled(works)

export const ROWS: readonly PriceRow[] = [
  { name: 'load of an entry that expired', expired: true, prepare: fill(1), work: cache => () => cache.getOrSet('key:0', load) },
  { name: '— with 3 tags', expired: true, tags: THREE, prepare: fill(1, THREE), work: cache => () => cache.getOrSet('key:0', load, THREE) },
  { name: 'first load of a key', prepare: other, work: cache => () => cache.getOrSet('key:0', load) },
  { name: '— with 3 tags that others have', tags: THREE, prepare: cache => other(cache, THREE), work: cache => () => cache.getOrSet('key:0', load, THREE) },
  { name: '— that is never deleted by key', fence: false, prepare: other, work: cache => () => cache.getOrSet('key:0', load) },
  {
    name: 'first load after a delete',
    prepare: async cache => { await fill(1)(cache); await cache.delete?.(['key:0']) },
    work: cache => cache.delete && (() => cache.getOrSet('key:0', load))
  },
  { name: 'hit in Redis', prepare: fill(1), work: cache => () => cache.getOrSet('key:0', refuse) },
  { name: '— with 3 tags', tags: THREE, prepare: fill(1, THREE), work: cache => () => cache.getOrSet('key:0', refuse, THREE) },
  { name: '— by a reader that does not name its 3 tags', tags: THREE, prepare: fill(1, THREE), work: ({ get }) => get && (() => found(get('key:0'))) },
  {
    name: 'hit in memory',
    memory: true,
    prepare: fill(1),
    warm: fill(1),
    work: cache => () => cache.getOrSet('key:0', refuse)
  },
  { name: '100 loads at once of an expired key', expired: true, prepare: fill(1), work: cache => () => all(keys(100).map(() => cache.getOrSet('key:0', load))) },
  { name: '— with a loader that throws', expired: true, prepare: fill(1), work: cache => () => all(keys(100).map(() => cache.getOrSet('key:0', failing))) },
  { name: '100 hits at once of different keys', prepare: fill(100), work: cache => () => Promise.all(keys(100).map(key => cache.getOrSet(key, refuse))) },
  { name: '`getMany` of 100', prepare: fill(100), work: ({ getMany }) => getMany && (() => found(getMany(keys(100)))) },
  { name: '`set`', prepare: other, work: ({ set }) => set && (() => set('key:0', 'value')) },
  { name: '— with 3 tags', tags: THREE, prepare: cache => other(cache, THREE), work: ({ set }) => set && (() => set('key:0', 'value', THREE)) },
  { name: '— that is never deleted by key', fence: false, prepare: other, work: ({ set }) => set && (() => set('key:0', 'value')) },
  { name: '`setMany` of 100', prepare: other, work: ({ setMany }) => setMany && (() => setMany(keys(100))) },
  { name: '`delete` of 100 keys', prepare: fill(100), work: cache => cache.delete && (async () => await cache.delete?.(keys(100))) },
  { name: 'invalidation of a tag of 10,000 entries', tags: ['a'], prepare: fill(10_000, ['a']), work: ({ invalidateTag }) => invalidateTag && (() => invalidateTag('a')) },
  { name: '`clear` of 10,000 entries', prepare: fill(10_000), work: ({ clear }) => clear && (() => clear()) },
  { name: 'refresh', prepare: fill(1), work: ({ refresh }) => refresh && (() => refresh('key:0', load)) },
  {
    name: 'load that tells its 3 tags, of an expired entry',
    expired: true,
    tags: THREE,
    // Twice: that tags will be told at all may have to be learnt.
    prepare: async cache => { await cache.loadTellingTags?.('other', load, THREE); await cache.loadTellingTags?.('key:0', load, THREE) },
    work: ({ loadTellingTags }) => loadTellingTags && (() => loadTellingTags('key:0', load, THREE))
  },
  { name: 'load of an expired entry, by one process at most', expired: true, prepare: fill(1), work: ({ loadLocked }) => loadLocked && (() => loadLocked('key:0', load)) },
  {
    name: '60 s of reads of 500 keys, each every 200 ms',
    memory: true,
    lasting: true,
    prepare: fill(500),
    warm: fill(500),
    work: cache => async () => {
      for (const end = performance.now() + 60_000; performance.now() < end; await delay(200)) await Promise.all(keys(500).map(key => cache.getOrSet(key, refuse)))
    }
  }
]

export async function open (row: PriceRow, contestant: RedisContestant, url: string): Promise<RedisCache> {
  return await contestant.open(url, { ttl: row.expired === true ? SHORT : TTL, tags: row.tags !== undefined, fence: row.fence ?? true })
}

export async function expiry (): Promise<void> {
  // Whole seconds, rounded up, are what some contestants know.
  await delay(SHORT * 2000 + 200)
}

async function found (reading: Promise<unknown>): Promise<void> {
  const values = [await reading].flat()
  if (values.some(value => value == null)) throw new Error('an entry was not found')
}
