import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { watch, type Watched } from '../../scripts/watch.ts'
import { startEndpoint } from '../endpoint.ts'
import { ratio, table, thousands } from '../markdown.ts'
import { median, timed } from '../measure.ts'
import { rewrite } from '../readme.ts'
import { contestants, type Surroundings } from './contestants.ts'
import type { Measured } from './load.ts'

// What a hit costs over HTTP, and what a hundred misses at once make of a slow handler. Contestants are in turn, A B C A B C …

const ROUNDS = 5
const SECONDS = 4
const AT_ONCE = 100

interface Racer { readonly name: string, readonly server: Server, readonly measured: Measured[], misses: { runs: number, ms: number } }
interface Server extends Watched { readonly url: string }

const endpoint = await startEndpoint()
const origin = await startServer()
const surroundings: Surroundings = { origin: origin.url, endpoint: { url: endpoint.url, token: endpoint.token } }
const racers: Racer[] = []
for (const name of Object.keys(contestants)) racers.push({ name, server: await startServer(name, JSON.stringify(surroundings)), measured: [], misses: { runs: 0, ms: 0 } })

for (const racer of racers) racer.misses = await missTogether(racer)
// The first round is for the compilers.
for (let round = -1; round < ROUNDS; round++) {
  for (const { name, server, measured } of racers) {
    const result = await load(`${server.url}/`)
    if (result.failed > 0) throw new Error(`${name}: ${result.failed} requests failed`)
    if (round >= 0) measured.push(result)
  }
}
for (const { name, server } of racers) await checkHit(name, server.url)

const requestsOf = ({ measured }: Racer): number => median(measured.map(({ requests }) => requests))
const [first] = racers
const rows = racers.map(racer => [
  racer.name,
  thousands(requestsOf(racer)),
  first === undefined ? '' : ratio(requestsOf(racer) / requestsOf(first)),
  `${median(racer.measured.map(({ p99 }) => p99))} ms`,
  String(racer.misses.runs),
  `${racer.misses.ms.toFixed(0)} ms`
])
const heading = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} cores (shared):`
const text = `${heading}\n\n${table(['server', 'requests/s >', '÷ Fastify alone >', 'p99 >', `runs for ${AT_ONCE} misses >`, 'all answered after >'], rows)}`
console.log(text)
await rewrite('bench:http', text)
for (const { server } of racers) await server.stop()
await origin.stop()
await endpoint.stop()

async function startServer (...args: string[]): Promise<Server> {
  const child = spawn(process.execPath, ['--import', 'tsx', new URL('server.ts', import.meta.url).pathname, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const watched = watch(child)
  const url = (await watched.line(/^listens at /)).replace('listens at ', '')
  return { ...watched, url }
}

async function load (url: string): Promise<Measured> {
  const child = spawn(process.execPath, ['--import', 'tsx', new URL('load.ts', import.meta.url).pathname, url, String(SECONDS)], { stdio: ['ignore', 'pipe', 'ignore'] })
  return JSON.parse(await watch(child).line(/^\{/)) as Measured
}

/** How often the slow handler runs for many at once, here or at the origin, and how long it takes until all are answered. */
async function missTogether ({ name, server: { url } }: Racer): Promise<{ runs: number, ms: number }> {
  const ask = async (path: string): Promise<string> => await (await fetch(url + path)).text()
  // Where the server is a proxy, this is the origin's own count.
  const runs = async (): Promise<number> => (JSON.parse(await ask(`/runs?${Math.random()}`)) as { runs: number }).runs
  // Sockets are opened before.
  await Promise.all(Array.from({ length: AT_ONCE }, () => ask('/runs')))
  const before = await runs()
  const ms = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, () => ask(`/slow?by=${encodeURIComponent(name)}`))))
  return { runs: await runs() - before, ms }
}

/** That what was measured was 1 KB from the cache. */
async function checkHit (name: string, url: string): Promise<void> {
  const reply = await fetch(url)
  const { length } = await reply.text()
  const status = reply.headers.get('cache-status')
  if (length !== 1024) throw new Error(`${name} answered ${length} bytes`)
  if (name.startsWith('fastify-upstash') && !/; hit/.test(String(status))) throw new Error(`${name} answered ${status}, no hit`)
  if (name.startsWith('undici') && !(Number(reply.headers.get('age')) > 0)) throw new Error(`${name} answered from the origin`)
}
