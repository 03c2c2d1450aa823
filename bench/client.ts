import { availableParallelism } from 'node:os'
import { concurrent, fill, outage, sequential } from './contestants.ts'
import { startEndpoint, type Endpoint } from './endpoint.ts'
import { compare, type Contestant } from './measure.ts'
import { HEAD, lines } from './table.ts'
import type { Fault } from '../local/index.ts'

interface Situation {
  readonly name: string
  readonly contestants: readonly Contestant[]
  readonly rounds: number
  readonly fault?: Fault
}

const { ours, batch, sdk } = concurrent
const reads: Situation[] = [
  { name: '1,000 GETs in one tick', contestants: [ours, batch, sdk], rounds: 5 },
  { name: '1,000 GETs in one tick, 20 ms away', contestants: [ours, batch, sdk], rounds: 5, fault: { kind: 'delay', ms: 20 } },
  { name: '1,000 GETs one after another', contestants: [sequential.ours, sequential.sdk], rounds: 5 }
]
const outages: Situation[] = [
  { name: 'connections refused', contestants: [outage.ours, outage.sdk], rounds: 5, fault: { kind: 'refuse' } },
  { name: 'no reply after the headers', contestants: [outage.ours, outage.sdk], rounds: 3, fault: { kind: 'stall' } }
]

console.log(`${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} cores, embedded backend\n`)
const endpoint = await startEndpoint()
try {
  await fill(endpoint)
  // The first run of each teaches the compiler and is not kept.
  for (const { contestants } of reads) await compare(endpoint, contestants, 1)
  console.log(HEAD)
  for (const situation of [...reads, ...outages]) console.log(await measure(endpoint, situation))
} finally {
  await endpoint.stop()
}

async function measure (endpoint: Endpoint, { name, contestants, rounds, fault }: Situation): Promise<string> {
  const prepared = contestants.map(({ name, run }): Contestant => ({
    name,
    run: async endpoint => {
      await endpoint.fresh()
      if (fault !== undefined) await endpoint.fault(fault)
      return await run(endpoint)
    }
  }))
  const rows = await compare(endpoint, prepared, rounds)
  await endpoint.fresh()
  return lines(name, rows, row => row.contestant === sdk.name)
}
