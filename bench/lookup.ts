import { availableParallelism } from 'node:os'
import Fastify, { type FastifyInstance } from 'fastify'
import application from '../app.ts'
import { startEndpoint } from './endpoint.ts'
import { median, timed } from './measure.ts'

// What the cache makes of the example's slow look-up: each code asked for twice over HTTP, with Redis and without.

interface Round { app: string, call: 'first' | 'second', ms: number, served: string }

const CODES = Array.from({ length: 30 }, (_, index) => `A${String(index).padStart(2, '0')}`)

console.log(`${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} cores, embedded backend\n`)
console.log('| app | first | second | first ÷ second | served second by |\n|---|--:|--:|--:|---|')
const endpoint = await startEndpoint()
try {
  const cached = await startApp({ UPSTASH_REDIS_REST_URL: endpoint.url, UPSTASH_REDIS_REST_TOKEN: endpoint.token })
  const bare = await startApp({ UPSTASH_REDIS_REST_URL: '', UPSTASH_REDIS_REST_TOKEN: '' })
  const apps = { 'with Redis': cached, 'without Redis': bare }
  const rounds: Round[] = []
  // In turn, so that what else the machine does meets both alike.
  for (const call of ['first', 'second'] as const) {
    for (const code of CODES) for (const [app, { listeningOrigin }] of Object.entries(apps)) rounds.push({ app, call, ...await ask(`${listeningOrigin}/lookup/${code}`) })
  }
  for (const app of Object.keys(apps)) console.log(row(app, rounds.filter(round => round.app === app)))
  await Promise.all([cached.close(), bare.close()])
} finally {
  await endpoint.stop()
}

async function startApp (env: Record<string, string>): Promise<FastifyInstance> {
  Object.assign(process.env, env)
  const app = Fastify()
  await app.register(application)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app
}

async function ask (url: string): Promise<{ ms: number, served: string }> {
  let served = ''
  const ms = await timed(async () => {
    const reply = await fetch(url)
    await reply.text()
    served = reply.headers.get('cache-status') ?? ''
  })
  return { ms, served }
}

function row (app: string, rounds: readonly Round[]): string {
  const [first, second] = (['first', 'second'] as const).map(call => median(rounds.filter(round => round.call === call).map(({ ms }) => ms)))
  const served = new Set(rounds.filter(({ call }) => call === 'second').map(round => round.served))
  return `| ${app} | ${first?.toFixed(1)} ms | ${second?.toFixed(1)} ms | ${(Number(first) / Number(second)).toFixed(1)} | ${[...served].join()} |`
}
