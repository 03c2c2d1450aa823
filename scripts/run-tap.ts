import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, stat } from 'node:fs/promises'
import { posix } from 'node:path'

export interface TapRun {
  /** Arguments for tap: options and files. */
  args: string[]
  env?: Record<string, string>
}

/** Runs tap, and ends this process's output with the line `N passed, N failed`. Answers the exit code. */
export async function runTap ({ args, env = {} }: TapRun): Promise<number> {
  const output = `.tap/output-${process.pid}.tap`
  // The others redraw a screen, of which a log would keep every frame.
  const reporter = process.stdout.isTTY ? [] : ['--reporter=min']
  const tap = spawn('tap', ['run', ...reporter, `--output-file=${output}`, ...await Promise.all(args.map(testsOf))], {
    stdio: 'inherit',
    env: { ...process.env, ...env }
  })
  const [code] = await once(tap, 'close') as [number | null]
  const { passed, failed, failures } = await readOutput(output)
  // In a log, also where the reporter's own account of it was cut off with the process.
  if (reporter.length > 0 && failures.length > 0) console.log(failures.join('\n'))
  // Tap fails a run for more than assertions: coverage, a file that did not end, no test at all.
  const uncounted = failed === 0 && code !== 0 ? 1 : 0
  if (uncounted > 0) console.log(`tap ended with ${code}, and no assertion failed: coverage, or a file that did not end`)
  console.log(`${passed} passed, ${failed + uncounted} failed`)
  return code === 0 && passed > 0 ? 0 : 1
}

/** Of a folder its tests alone: tap would run what they share, and the processes that they start, as tests too. */
async function testsOf (argument: string): Promise<string> {
  const isFolder = await stat(argument).then(found => found.isDirectory(), () => false)
  return isFolder ? posix.join(argument, '**', '*.test.ts') : argument
}

/** The runner's own last summary, `# { total: 21, pass: 20, fail: 1 }`, and each failed assertion with what it said. */
async function readOutput (file: string): Promise<{ passed: number, failed: number, failures: string[] }> {
  const text = await readFile(file, 'utf8').catch(() => '')
  await rm(file, { force: true })
  const summary = text.match(/^# \{.*\}$/gm)?.at(-1) ?? ''
  const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  const failures = text.match(/^ *not ok .*\n(?: *---\n[^]*?\n *\.\.\.$)?/gm) ?? []
  return { passed: count('pass'), failed: count('fail'), failures }
}
