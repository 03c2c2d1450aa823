import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Watched {
  /** The next line of its output that matches. Rejects where the process ends without one. */
  line (pattern: RegExp): Promise<string>
  stop (): Promise<void>
}

/** A process that is read line by line until it is stopped; `heard` is given each. */
export function watch (child: ChildProcess, heard: (line: string) => void = () => {}): Watched {
  const ended = once(child, 'close')
  const kill = (): void => { child.kill() }
  process.once('exit', kill)
  ended.finally(() => process.off('exit', kill))
  const lines = createInterface({ input: child.stdout ?? process.stdin }).on('line', heard)
  return {
    line: async pattern => {
      const found = new Promise<string>(resolve => {
        lines.on('line', line => { if (pattern.test(line)) resolve(line) })
      })
      return await Promise.race([found, ended.then(([code]) => { throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`) })])
    },
    stop: async () => {
      child.kill()
      await ended
    }
  }
}
