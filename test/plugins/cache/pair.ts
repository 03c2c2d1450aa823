import type { Test } from 'tap'
import type { LocalUpstash } from '../../../local/index.ts'
import type { Cache, CacheOptions } from '../../../plugins/cache/index.ts'
import type { UpstashClient } from '../../../plugins/upstash-client/index.ts'
import { startCache, startCacheOn, type StartCacheOptions } from '../../cache.ts'
import { TestClock } from '../../test-clock.ts'

export interface Pair { local: LocalUpstash, client: UpstashClient, clock: TestClock, mine: Cache, other: Cache, commands: () => number }

/** Two processes on one endpoint, by one clock: what is in the memory of one is not in that of the other. */
export async function startPair (t: Test, options: CacheOptions = {}, more: StartCacheOptions = {}): Promise<Pair> {
  const clock = new TestClock()
  const { local, client, cache: mine } = await startCache(t, { ...more, cache: { clock, ...options } })
  const other = await startCacheOn(t, local, { clock, ...options })
  return { local, client, clock, mine, other, commands: () => mine.stats().redis.commands }
}
