import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { startEndpoint } from '../bench/endpoint.ts'
import { rewrite } from '../bench/readme.ts'
import { Random } from '../test/random.ts'
import { Report } from './report.ts'
import { alone, pairs } from './faults/faults.ts'
import { sufferAll, type Outcome } from './faults/matrix.ts'
import { BOUNDS, compare } from './faults/open-breaker.ts'
import { comparisonTable, outcomesTable } from './faults/tables.ts'
import { openWorld } from './faults/world.ts'

// The example app under load while its Redis fails in every way: `faults matrix` switches each fault on and off, `faults open` compares
// an app whose breaker is open with one without Redis. Without a name both.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Of load without a fault, with it, and after it. */
    seconds: { type: 'string', default: '3' },
    /** Of faults that come together. */
    pairs: { type: 'string', default: '6' },
    /** Draws the same pairs. */
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    /** Write the tables into bench/README.md. */
    readme: { type: 'boolean', default: false }
  }
})
const seconds = Number(values.seconds)
const count = Number(values.pairs)
const seed = Number(values.seed)
if (!(seconds > 0) || !Number.isInteger(count) || !Number.isInteger(seed)) throw new Error('give --seconds a number above 0, --pairs and --seed a whole one')
const PARTS = { matrix, open }
const unknown = positionals.filter(part => !(part in PARTS))
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`)

/** What an outage may say in the log: changes of state, whatever the number of requests. */
const MOST_LINES = 20

const report = new Report()
const world = await openWorld()
const endpoint = await startEndpoint()
try {
  for (const [name, play] of Object.entries(PARTS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const figures = await play()
    console.log(`\n${figures}\n`)
    const heading = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} cores (shared), \`--seconds ${seconds}\``
    if (values.readme) await rewrite(`faults ${name}`, `${heading}${name === 'matrix' ? `, \`--seed ${seed}\`` : ''}:\n\n${figures}`)
  }
} finally {
  await endpoint.stop()
  await world.close()
}
process.exitCode = report.close()

async function matrix (): Promise<string> {
  console.log(`pairs of --seed ${seed}`)
  const outcomes: Outcome[] = []
  for await (const outcome of sufferAll([...alone, ...pairs(count, new Random(seed))], world, endpoint, seconds)) {
    outcomes.push(outcome)
    const { trouble, problems, recovery, lines } = outcome
    await report.check(trouble.name, async () => {
      if (problems.length > 0) throw new Error(`${problems.length} requests failed, such as\n${problems.slice(0, 5).join('\n')}`)
      if (recovery === undefined) throw new Error('afterwards nothing came from the cache')
      if (lines > MOST_LINES) throw new Error(`${lines} lines in the log`)
    })
  }
  return outcomesTable(outcomes)
}

async function open (): Promise<string> {
  const { rows, problems } = await compare(world, endpoint, seconds)
  await report.check('with an open breaker no request fails', async () => {
    if (problems.length > 0) throw new Error(`${problems.length}, such as\n${problems.slice(0, 5).join('\n')}`)
  })
  for (const [name, bound] of Object.entries(BOUNDS) as Array<[keyof typeof BOUNDS, number]>) {
    await report.check(`with an open breaker ${name} is within ${bound} times that of an app without Redis`, async () => {
      const found = rows[0]?.ratio[name] ?? NaN
      if (!(found <= bound)) throw new Error(`it is ${found.toFixed(2)} times as great`)
    })
  }
  return comparisonTable(rows)
}
