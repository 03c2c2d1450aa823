import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { table } from '../markdown.ts'
import { startRedis } from '../cache/redis-server.ts'
import { startEndpoint, type Endpoint } from '../endpoint.ts'
import { percentile } from '../measure.ts'
import { LAST_WORD, type Told } from './party-words.ts'
import { LATENCY } from './setting.ts'

// (b) From `connect` in one process to the join event in another: two OS processes, the endpoint in a third, on a redis-server.

const redis = await startRedis()
const endpoint = await startEndpoint(`redis://127.0.0.1:${redis.port}`)
try {
  const lines = []
  for (const window of LATENCY.windows) lines.push(await measure(window, endpoint))
  console.log(table(['window', 'joins >', 'p50 >', 'p99 >', 'slowest >'], lines))
} finally {
  await endpoint.stop()
  await redis.stop()
}

async function measure (window: number, endpoint: Endpoint): Promise<string[]> {
  const [watcher, joiner] = [await start('watcher', window, endpoint), await start('joiner', window, endpoint)]
  const took: number[] = []
  try {
    for (let index = 0; index < LATENCY.joins; index++) {
      // Not in step with the windows of either.
      await delay(Math.random() * window)
      const seen = heard(watcher, `user:${window}:${index}`)
      const done = heard(joiner, `user:${window}:${index}`)
      joiner.send(`user:${window}:${index}`)
      const [from, to] = [await done, await seen]
      if (from === undefined || to === undefined) return [`${window} ms`, String(index), '—', '—', `not seen within ${LATENCY.patience} ms`]
      took.push(to - from)
    }
  } finally {
    for (const child of [watcher, joiner]) {
      const closed = once(child, 'close')
      child.send(LAST_WORD)
      await closed
    }
  }
  const at = (share: number): string => `${Math.round(percentile(took, share))} ms`
  return [`${window} ms`, String(took.length), at(0.5), at(0.99), at(1)]
}

async function start (role: string, window: number, { url, token }: Endpoint): Promise<ChildProcess> {
  const child = fork(new URL('party.ts', import.meta.url), [role, url, token, String(window)], { execArgv: ['--import', 'tsx'] })
  await once(child, 'message')   // its first word: it is connected, or has its snapshot
  return child
}

/** When a process told of a user; undefined where it did not in time. */
async function heard (child: ChildProcess, userId: string): Promise<number | undefined> {
  return await new Promise(resolve => {
    const listen = (told: unknown): void => {
      const { userId: whose, at } = told as Told
      if (whose === userId) stop(at)
    }
    const stop = (at?: number): void => {
      clearTimeout(timer)
      child.off('message', listen)
      resolve(at)
    }
    const timer = setTimeout(stop, LATENCY.patience, undefined)
    child.on('message', listen)
  })
}
