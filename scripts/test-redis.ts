import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startLocalUpstash } from '../local/index.ts'
import { freePort } from './free-port.ts'
import { runTap } from './run-tap.ts'

interface Server { url: string, stop: () => Promise<void> }

const { REDIS_URL } = process.env
const server = REDIS_URL === undefined ? await startServer() : await useServer(REDIS_URL)
try {
  // One file at a time, since all share the server. Coverage is for the other run: it would miss the embedded backend.
  process.exitCode = await runTap({ args: ['--jobs=1', '--disable-coverage', ...process.argv.slice(2)], env: { REDIS_URL: server.url } })
} finally {
  await server.stop()
}

async function useServer (url: string): Promise<Server> {
  const local = await startLocalUpstash({ redisUrl: url }).catch((error: Error) => fail(`REDIS_URL cannot be used: ${error.message}`))
  const headers = { authorization: `Bearer ${local.token}` }
  const reply = await fetch(local.url, { method: 'POST', headers, body: '["DBSIZE"]' })
  const { result: keys = 0 } = await reply.json() as { result?: number }
  await local.close()
  if (keys > 0) fail(`the database of REDIS_URL holds ${keys} keys, and the tests would remove them: give an empty one, such as redis://127.0.0.1:6379/15`)
  return { url, stop: async () => {} }
}

async function startServer (): Promise<Server> {
  const port = await freePort()
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  const exited = once(redis, 'close')
  redis.on('error', () => fail('redis-server is not on the PATH and REDIS_URL is not set. Install it (Debian, Ubuntu: apt-get install -y redis-server; macOS: brew install redis) or set REDIS_URL'))
  const stop = async () => {
    redis.kill()
    await exited
  }
  process.once('SIGINT', () => redis.kill())
  redis.once('close', () => { if (!ready) fail(`redis-server ended before it was ready; run it by hand to see why: redis-server --port ${port}`) })
  let ready = false
  while (!ready) ready = String(await once(redis.stdout, 'data')).includes('Ready to accept connections')
  redis.stdout.resume()
  return { url: `redis://127.0.0.1:${port}`, stop }
}

function fail (message: string): never {
  console.error(message)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
