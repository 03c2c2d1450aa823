import { setImmediate as nextTurn } from 'node:timers/promises'
import upstashEnv from '../../../plugins/env/index.ts'
import queueStub, { type Queue, type QueueStubOptions } from '../../../plugins/queue-stub/index.ts'
import { loggedServer, type LoggedServer, type LogLine } from '../../client.ts'
import type { Owner } from '../../owner.ts'

export interface StartedQueue extends LoggedServer {
  queue: Queue
  /** The plugin's own lines of a level. */
  lines (level: number): LogLine[]
}

/** The plugin in an app of its own, with nothing in its environment but what is given. */
export async function startQueue (t: Owner, options: QueueStubOptions = {}, env: Record<string, string> = {}): Promise<StartedQueue> {
  const { app, log } = loggedServer(t)
  await app.register(upstashEnv, { env })
  await app.register(queueStub, options)
  return { app, log, queue: app.queue, lines: level => log.lines.filter(line => line.plugin === 'queue-stub' && line.level === level) }
}

export interface Gate { readonly promise: Promise<void>, readonly open: () => void }

/** A promise that the test keeps. */
export function gate (): Gate {
  let open = () => {}
  const promise = new Promise<void>(resolve => { open = resolve })
  return { promise, open }
}

/** Enough turns of the event loop for all that waits for nothing else; a few jobs start in as many turns. */
export async function idle (): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn()
}

/** Waits for what comes within a number of turns that does not matter. */
export async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn()
}
