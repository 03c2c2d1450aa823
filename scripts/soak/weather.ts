import { setTimeout } from 'node:timers/promises'
import type { Fault, LocalUpstash } from '../../local/index.ts'
import type { Random } from '../../test/random.ts'

const CALM: Fault = { kind: 'delay', ms: 0, jitter: 8, probability: 0.3 }

const FAULTS: Fault[] = [
  { kind: 'refuse' }, { kind: 'reset' }, { kind: 'delay', ms: 1_000 }, { kind: 'delay', ms: 100, jitter: 300 }, { kind: 'drop-reply' }, { kind: 'late', ms: 200 },
  { kind: 'duplicate', ms: 20, command: 'UNLINK' }, { kind: 'status', status: 429, retryAfter: 1 }, { kind: 'status', status: 429 }, { kind: 'status', status: 500 },
  { kind: 'html' }, { kind: 'truncate' }, { kind: 'wrong-shape' }, { kind: 'stall' }, { kind: 'stall', command: 'UNLINK' }, { kind: 'reset', command: 'SET' }, { kind: 'quota' }
]

/** Faults that come and go until it is over, after which there are none. Answers how often each kind came. */
export async function weather (local: LocalUpstash, random: Random, over: AbortSignal): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const wait = async (ms: number) => await setTimeout(ms, undefined, { signal: over }).catch(() => {})
  while (!over.aborted) {
    await local.faults.set(CALM)
    await wait(1_000 + random.number() * 8_000)
    if (over.aborted) break
    const fault = random.pick(FAULTS)
    await local.faults.set(fault.kind === 'refuse' || random.chance(0.5) ? fault : [{ ...fault, probability: 0.3 }, CALM])
    counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1)
    await wait(500 + random.number() * 4_000)
  }
  await local.faults.set(null)
  return counts
}
