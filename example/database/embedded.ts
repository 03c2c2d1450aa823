import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inTime } from '../../lib/in-time.ts'

/** What the child says once: where it listens, or why it does not. */
type FirstWord = { readonly port: number } | { readonly problem: string }

/** PostgreSQL in a process of its own, with nothing to install. */
export interface EmbeddedServer {
  /** Where it listens, when it does: after seconds, the first time more. Rejects with what the process says instead. */
  readonly url: Promise<string>
  /** Resolves when the process has ended, by itself or by `stop`. */
  readonly ended: Promise<void>
  /** Ends it; after this many milliseconds by force, whatever it is at. */
  stop (limit: number): Promise<void>
}

/** Starts it on a folder that keeps its data. */
export function startEmbedded (folder: string): EmbeddedServer {
  // tsc does not rewrite the name of a module in a URL.
  const file = new URL(`./child${extname(import.meta.url)}`, import.meta.url)
  const child = fork(fileURLToPath(file), [folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(() => {})
  return { url: urlOf(child, ended), ended, stop: limit => stop(child, ended, limit) }
}

async function urlOf (child: ChildProcess, ended: Promise<void>): Promise<string> {
  const said = once(child, 'message').then(([word]) => word as FirstWord)
  const word = await Promise.race([said, ended.then(() => ({ problem: 'it ended at its start' }))])
  if ('problem' in word) throw new Error(word.problem)
  return `postgres://postgres@127.0.0.1:${word.port}/postgres`
}

async function stop (child: ChildProcess, ended: Promise<void>, limit: number): Promise<void> {
  // It ends by itself when nobody is connected, unless a query keeps it.
  if (child.connected) child.disconnect()
  await inTime(limit, ended)
  child.kill('SIGKILL')
  await ended
}
