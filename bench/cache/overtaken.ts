import { once } from 'node:events'
import type { Bed } from './bed.ts'
import { TTL, type RedisContestant } from './contestant.ts'

/** What comes of an entry that one process deletes while another loads it: whether a third then gets what was loaded before. */
export async function overtaken ({ open }: RedisContestant, { url, flush, price }: Bed): Promise<string> {
  await flush()
  const options = { ttl: TTL, tags: false, fence: true }
  const [loading, deleting, reading] = [await open(url, options), await open(url, options), await open(url, options)]
  const gate = new EventTarget()
  const began = once(gate, 'began')
  const load = loading.getOrSet('key:0', async () => {
    gate.dispatchEvent(new Event('began'))
    await once(gate, 'deleted')
    return 'before'
  })
  await began
  await deleting.delete?.(['key:0'])
  await price(async () => {
    gate.dispatchEvent(new Event('deleted'))
    await load
  })
  const value = await reading.getOrSet('key:0', async () => 'after')
  await Promise.all([loading, deleting, reading].map(cache => cache.close()))
  return value === 'after' ? 'stays deleted' : 'comes back'
}
