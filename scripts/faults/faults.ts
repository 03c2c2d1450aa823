import type { Fault, FaultKind } from '../../local/index.ts'
import type { Random } from '../../test/random.ts'

/** What is switched on, and off again. */
export interface Trouble { readonly name: string, readonly faults: readonly Fault[] }

const FAULTS: { readonly [Kind in FaultKind]: ReadonlyArray<Extract<Fault, { kind: Kind }>> } = {
  refuse: [{ kind: 'refuse' }],
  reset: [{ kind: 'reset' }],
  // Within the client's time limit, and beyond it.
  delay: [{ kind: 'delay', ms: 200, jitter: 200 }, { kind: 'delay', ms: 5_000 }],
  'drop-reply': [{ kind: 'drop-reply' }],
  late: [{ kind: 'late', ms: 100 }],
  duplicate: [{ kind: 'duplicate', ms: 20 }],
  status: [
    { kind: 'status', status: 401 }, { kind: 'status', status: 429 }, { kind: 'status', status: 429, retryAfter: 1 }, { kind: 'status', status: 500 },
    { kind: 'status', status: 503 }
  ],
  html: [{ kind: 'html' }],
  truncate: [{ kind: 'truncate' }],
  'wrong-shape': [{ kind: 'wrong-shape' }],
  stall: [{ kind: 'stall' }],
  'end-streams': [{ kind: 'end-streams' }],
  quota: [{ kind: 'quota' }]
}

/** Half of the requests, so that the other half can be wrong about Redis. */
const OFTEN = { probability: 0.5 }

/** Each kind of fault by itself. */
export const alone: readonly Trouble[] = Object.values(FAULTS).flat().map(fault => trouble([fault]))

/** So many pairs of two kinds, each of which strikes half of the requests. */
export function pairs (count: number, random: Random): Trouble[] {
  const kinds = Object.keys(FAULTS) as FaultKind[]
  const all = kinds.flatMap((one, index) => kinds.slice(index + 1).map(other => [one, other] as const))
  return Array.from({ length: Math.min(count, all.length) }, () => {
    const [pair = []] = all.splice(random.below(all.length), 1)
    return trouble(pair.map(kind => {
      const fault: Fault = random.pick<Fault>(FAULTS[kind])
      return fault.kind === 'refuse' ? fault : { ...fault, ...OFTEN }
    }))
  })
}

function trouble (faults: readonly Fault[]): Trouble {
  return { name: faults.map(written).join(' and '), faults }
}

function written ({ kind, ...settings }: Fault): string {
  return [kind, ...Object.entries(settings).map(([name, value]) => `${name} ${value}`)].join(', ').replace('status, status', 'status')
}
