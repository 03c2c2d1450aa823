import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { MemoryCache, MemoryContestant } from './contestant.ts'
import { objectOf, type Patient } from './values.ts'

/**
 * How a contestant keeps callers apart: whether what one does to its value is seen by the next. With `hits only` what the
 * first caller does is seen, since what is kept is what its loader answered.
 */
export type Isolation = 'by copies' | 'frozen' | 'hits only' | 'no'

/** Found by trying: changes what a hit answered, then, in another cache, what a miss answered and what the loader still holds. */
export async function isolationOf (contestant: MemoryContestant): Promise<Isolation> {
  const hits = await attempt(contestant, async read => {
    await read()
    return change(await read())
  })
  const misses = await attempt(contestant, async (read, loaded) => {
    change(await read())
    return change(loaded)
  })
  if (!hits.apart) return 'no'
  if (!misses.apart) return 'hits only'
  return hits.refused ? 'frozen' : 'by copies'
}

/** Whether a read after the work still answers what was loaded. */
async function attempt (contestant: MemoryContestant, work: (read: () => Promise<Patient>, loaded: Patient) => Promise<boolean>) {
  const pristine = await objectOf('shared')
  const loaded = await objectOf('shared')
  let loads = 0
  const cache = await contestant.open(async () => {
    if (loads++ > 0) throw new Error('there is nothing yet')
    return loaded
  })
  const read = () => hit(cache)
  try {
    const refused = await work(read, loaded)
    return { refused, apart: isDeepStrictEqual(await read(), pristine) }
  } finally {
    await cache.close()
  }
}

/** What is stored behind the caller's back takes its time. */
async function hit (cache: MemoryCache): Promise<Patient> {
  for (let attempts = 100; ; attempts--) {
    try {
      return await cache.get('shared') as Patient
    } catch (error) {
      if (attempts === 0) throw error
      await delay(20)
    }
  }
}

/** Whether the value refused. */
function change (patient: Patient): boolean {
  const attempts = [
    () => { patient.name = 'changed' },
    () => { patient.medication.push({ name: 'changed', dose: 0 }) },
    () => { for (const one of patient.medication) one.dose = 0 }
  ]
  return attempts.map(attempt => {
    try {
      attempt()
      return false
    } catch {
      return true
    }
  }).some(Boolean)
}
