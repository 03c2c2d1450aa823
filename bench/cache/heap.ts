import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { inMemory } from './contestants.ts'
import type { Growth } from './heap-of-one.ts'
import { table } from '../markdown.ts'

// (d) What 10,000 entries in memory take, each contestant in a process of its own.

const ONE = new URL('heap-of-one.ts', import.meta.url).pathname
const run = promisify(execFile)

const growths = new Map<number, Growth>()
const places = [...inMemory.keys()]
// Two a core: much of what they do is waiting.
await Promise.all(Array.from({ length: 2 * availableParallelism() }, async () => {
  for (let place = places.shift(); place !== undefined; place = places.shift()) growths.set(place, await measure(place))
}))
console.log(table(['contestant', 'set-up', 'strings >', 'objects >', 'before them >'], inMemory.map(({ name, setUp }, place) => {
  const { strings, objects, opened } = growths.get(place) ?? {}
  return [name, setUp, ...[strings, objects, opened].map(megabytes)]
})))

async function measure (place: number): Promise<Growth> {
  const { stdout } = await run(process.execPath, ['--expose-gc', '--import', 'tsx', ONE, String(place)])
  return JSON.parse(stdout)
}

/** What is below nothing is noise: something else was freed meanwhile. */
function megabytes (bytes = NaN): string {
  return `${(Math.max(0, bytes) / 1_000_000).toFixed(1)} MB`
}
