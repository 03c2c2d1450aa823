import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { installApart } from '../../scripts/install-apart.ts'
import { rewrite } from '../readme.ts'

// Runs the parts that are asked for, all by default, and writes what they print into bench/README.md.

const PARTS = { a: 'memory-hits.ts', b: 'prices.ts', c: 'redis-hits.ts', d: 'heap.ts' } as const
type Part = keyof typeof PARTS

const asked = process.argv.slice(2)
const unknown = asked.filter(name => !(name in PARTS))
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`)

await installApart(new URL('../', import.meta.url))
for (const part of (asked.length > 0 ? asked : Object.keys(PARTS)) as Part[]) {
  const heading = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} cores (shared):`
  const text = `${heading}\n\n${(await run(PARTS[part])).trim()}`
  console.log(`(${part}) ${text}\n`)
  await rewrite(`bench:cache ${part}`, text)
}

/** In a process of its own, so that no part runs on what another left. Answers what it prints. */
async function run (file: string): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', new URL(file, import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let printed = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) printed += chunk
  const [code] = await closed
  if (code !== 0) throw new Error(`${file} ended with ${code}`)
  return printed
}
