import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { rewrite } from './readme.ts'

/**
 * Runs the parts that the command line asks for, all by default, and writes what they print into the bench's page, between the
 * markers `NAME PART`.
 * @param files the file of each part, in `folder`
 */
export async function runParts (name: string, files: Readonly<Record<string, string>>, folder: URL): Promise<void> {
  const asked = process.argv.slice(2)
  const unknown = asked.filter(part => !(part in files))
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(files).join(', ')}`)

  for (const [part, file] of Object.entries(files)) {
    if (asked.length > 0 && !asked.includes(part)) continue
    const heading = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} cores (shared):`
    const text = `${heading}\n\n${(await run(new URL(file, folder))).trim()}`
    console.log(`(${part}) ${text}\n`)
    await rewrite(`${name} ${part}`, text)
  }
}

/** In a process of its own, so that no part runs on what another left. Answers what it prints. */
async function run (file: URL): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', file.pathname], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let printed = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) printed += chunk
  const [code] = await closed
  if (code !== 0) throw new Error(`${file.pathname} ended with ${code}`)
  return printed
}
