import { once } from 'node:events'
import { buildProxy, CommandLineError, HELP, readCommandLine, type ProxyCommand } from '../example/proxy/index.ts'
import { startLocalUpstash } from '../local/index.ts'

// A caching reverse proxy in front of any origin, until Ctrl-C.

try {
  const command = readCommandLine(process.argv.slice(2))
  if (command === undefined) console.log(HELP)
  else await run(command)
} catch (error) {
  // What the system says of a port is one line too.
  const expected = error instanceof CommandLineError || (error instanceof Error && 'syscall' in error)
  console.error(expected ? `demo:proxy: ${error.message}` : error)
  process.exitCode = 1
}

async function run ({ origin, port, localEndpoint }: ProxyCommand): Promise<void> {
  const database = localEndpoint ? await startLocalUpstash() : undefined
  const app = buildProxy({ origin, database, logger: { level: 'warn' } })
  try {
    const url = await app.listen({ port, host: '127.0.0.1' })
    const stopped = Promise.race(['SIGINT', 'SIGTERM'].map(name => once(process, name)))
    console.log(`${url} forwards to ${origin.origin} and keeps replies in ${database === undefined ? 'memory' : `a local endpoint at ${database.url}`}`)
    await stopped
  } finally {
    await app.close()
    await database?.close()
  }
}
