import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

// The suite on this machine alone: a local Upstash endpoint in one process, the app under fastify-cli in another.
const port = process.env['PORT'] ?? '3000'
const token = 'demo-token'
const running: ChildProcess[] = []
let stopping = false

process.on('SIGINT', stop).on('SIGTERM', stop)

const local = start(process.execPath, ['dist/local/bin.js', '--port', '0', '--control-port', '0', '--token', token])
const url = (await line(local, /^UPSTASH_REDIS_REST_URL=/)).split('=')[1] ?? ''
const app = start('fastify', ['start', '-l', 'info', '-g', '5000', '-P', '--options', '-p', port, 'dist/app.js'], {
  UPSTASH_REDIS_REST_URL: url,
  UPSTASH_REDIS_REST_TOKEN: token
})
app.stdout?.pipe(process.stdout)
await line(app, /Server listening/)

console.log(`
The app is at http://localhost:${port}, with a Redis of its own at ${url} (in memory, for development only). Open it in two browsers and
see each other come and go, or try:

  curl http://localhost:${port}/health
  curl -X POST http://localhost:${port}/visits
  curl http://localhost:${port}/visits
  curl -i http://localhost:${port}/lookup/J45    # twice: slow, then cached (see Cache-Status)
  curl -c /tmp/cookie -H 'content-type: application/json' -d '{"name":"Ann"}' http://localhost:${port}/session
  curl -i -b /tmp/cookie http://localhost:${port}/dashboard    # as above, from a database of 100,000 visits
  curl -b /tmp/cookie 'http://localhost:${port}/patients?search=tanaka'
  curl -b /tmp/cookie -X PATCH -H 'content-type: application/json' -d '{"phone":"+1 555 0100"}' http://localhost:${port}/patients/3
  curl -b /tmp/cookie -H 'accept: text/csv' 'http://localhost:${port}/reports/visits?month=2026-03'
  curl http://localhost:${port}/permissions/ada
  curl -X POST -H 'content-type: application/json' -d '{"revoke":"reports:read"}' http://localhost:${port}/permissions/ada
  curl -i -X POST -H 'content-type: application/json' -d '{}' http://localhost:${port}/jobs/reminders
  curl http://localhost:${port}/status

What its routes take and answer is told at http://localhost:${port}/documentation.

Ctrl-C ends both.
`)

/** In a process group of its own: Ctrl-C reaches this process alone, which ends them in order. */
function start (command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  running.unshift(child)
  child.on('error', error => console.error(`${command} cannot be started: ${error.message}`))
  child.on('close', code => {
    running.splice(running.indexOf(child), 1)
    if (!stopping) process.exitCode = code ?? 1
    stop()
  })
  return child
}

/** The first line of a process's output that matches. Does not come back where the process ends without one. */
async function line (child: ChildProcess, pattern: RegExp): Promise<string> {
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  return await new Promise(resolve => {
    lines.on('line', text => { if (pattern.test(text)) resolve(text) })
  })
}

/** Ends the app first: what it has to say to Redis at its end, it still can. */
async function stop (): Promise<void> {
  if (stopping) return
  stopping = true
  for (const child of [...running]) {
    child.kill('SIGTERM')
    await once(child, 'close')
  }
}
