import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../../scripts/free-port.ts'

export interface RedisServer { readonly port: number, stop (): Promise<void> }

/** An empty Redis on loopback that keeps nothing on disk. */
export async function startRedis (): Promise<RedisServer> {
  const port = await freePort()
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(redis, 'close')
  const ready = (async () => {
    for await (const chunk of redis.stdout) if (String(chunk).includes('Ready to accept connections')) break
  })()
  await Promise.race([ready, ended.then(() => { throw new Error('redis-server ended before it was ready') })]).catch((cause: unknown) => {
    throw new Error('this part needs redis-server (Debian, Ubuntu: apt-get install -y redis-server; macOS: brew install redis)', { cause })
  })
  return {
    port,
    stop: async () => {
      redis.kill()
      await ended
    }
  }
}
