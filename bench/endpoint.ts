import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault, LocalStats } from '../local/index.ts'

/** A local endpoint in a process of its own, so that its work is not timed as the client's. */
export interface Endpoint {
  readonly url: string
  readonly token: string
  stats (): Promise<LocalStats>
  /** Ends all sockets and counts anew: the next contestant begins with none, and the peak is its own. */
  fresh (): Promise<void>
  /** Sets a fault or several, or lifts them. */
  fault (fault: Fault | readonly Fault[] | null): Promise<void>
  stop (): Promise<void>
}

/** On the embedded backend, whatever Redis the shell knows of, unless one is given. */
export async function startEndpoint (redisUrl?: string): Promise<Endpoint> {
  const { LOCAL_UPSTASH_REDIS_URL: _, ...env } = process.env
  const bin = new URL('../local/bin.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'tsx', bin, '--port', '0', '--control-port', '0', ...redisUrl === undefined ? [] : ['--redis-url', redisUrl]], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const { url, token, control } = await greeting(child.stdout)

  const ask = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(control + path, { method, ...json })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
  const fault: Endpoint['fault'] = async fault => { await ask('PUT', '/faults', fault) }

  return {
    url,
    token,
    fault,
    stats: async () => await (await ask('GET', '/stats')).json() as LocalStats,
    fresh: async () => {
      await fault({ kind: 'refuse' })
      await fault(null)
      await delay(20) // Both ends have noticed by then.
      await ask('POST', '/stats/reset')
    },
    stop: async () => {
      child.kill()
      await ended
    }
  }
}

/** What the command prints when it is ready. */
async function greeting (output: NodeJS.ReadableStream): Promise<{ url: string, token: string, control: string }> {
  const found = new Map<string, string>()
  for await (const line of createInterface({ input: output })) {
    const [, name, value] = /^(UPSTASH_REDIS_REST_URL=|UPSTASH_REDIS_REST_TOKEN=|control: )(\S+)/.exec(line) ?? []
    if (name !== undefined && value !== undefined) found.set(name, value)
    const [url, token, control] = ['UPSTASH_REDIS_REST_URL=', 'UPSTASH_REDIS_REST_TOKEN=', 'control: '].map(key => found.get(key))
    if (url !== undefined && token !== undefined && control !== undefined) return { url, token, control }
  }
  throw new Error('the endpoint ended before it was ready')
}
