import { spawn, type ChildProcess } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface Ended { readonly code: number | null, readonly output: string }

export interface Running {
  readonly child: ChildProcess
  /** When it has ended, with what it said on both streams. */
  readonly ended: Promise<Ended>
}

// Tsx compiles otherwise than tap: its coverage would be laid over lines that it is not of.
const APART = { NODE_OPTIONS: '', _TAPJS_PROCESSINFO_COVERAGE_: '0' }

/** A script as npm runs it, in a process that is no part of the test's coverage. */
export function startScript (name: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', `scripts/${name}.ts`, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...APART, ...env } })
  const code = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)]).then(([code, out, errors]) => ({ code, output: errors + out }))
  return { child, ended }
}

export async function runScript (name: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return await startScript(name, args, env).ended
}
