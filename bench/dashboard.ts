import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import application from '../app.ts'
import { startEndpoint } from './endpoint.ts'
import { median, timed } from './measure.ts'

// What the cache makes of the example's dashboard, three aggregations over 100,000 visits in the embedded database: looked at twice by
// somebody of each workspace, over HTTP, with Redis and without.

const ROUNDS = 10
const WORKSPACES = ['north', 'east', 'south']

interface View { app: string, call: 'first' | 'second', ms: number, served: string }

const folder = mkdtempSync(join(tmpdir(), 'database-'))
Object.assign(process.env, { DATABASE_URL: '', MAX_EVENT_LOOP_DELAY: '60000' })
const endpoint = await startEndpoint()
try {
  const redis = { UPSTASH_REDIS_REST_URL: endpoint.url, UPSTASH_REDIS_REST_TOKEN: endpoint.token }
  const apps = { 'with Redis': await startApp('with', redis), 'without Redis': await startApp('without', { UPSTASH_REDIS_REST_URL: '', UPSTASH_REDIS_REST_TOKEN: '' }) }
  const views: View[] = []
  const cookies = new Map<string, string>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const workspace of WORKSPACES) {
      for (const [name, app] of Object.entries(apps)) {
        const cookie = cookies.get(`${name} ${workspace}`) ?? await signIn(app, workspace)
        cookies.set(`${name} ${workspace}`, cookie)
        await app.cache.namespace('aggregation').clear()
        for (const call of ['first', 'second'] as const) {
          // So that her rights are known, which is not the subject.
          await ask(app, '/patients', cookie)
          views.push({ app: name, call, ...await ask(app, '/dashboard', cookie) })
        }
      }
    }
  }
  console.log('| app | first | second | first ÷ second | served second by |\n|---|--:|--:|--:|---|')
  for (const name of Object.keys(apps)) console.log(row(name, views.filter(({ app }) => app === name)))
  await Promise.all(Object.values(apps).map(app => app.close()))
} finally {
  await endpoint.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function startApp (name: string, env: Record<string, string>): Promise<FastifyInstance> {
  Object.assign(process.env, { ...env, DATABASE_FOLDER: join(folder, name) })
  const app = Fastify()
  // Not encapsulated, so that its cache can be cleared.
  await app.register(fp(application))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app
}

async function signIn ({ listeningOrigin }: FastifyInstance, workspace: string): Promise<string> {
  const reply = await fetch(`${listeningOrigin}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'Ann', workspace }) })
  if (!reply.ok) throw new Error(`signing in answered ${reply.status}`)
  return String(reply.headers.get('set-cookie')).split(';')[0] ?? ''
}

async function ask ({ listeningOrigin }: FastifyInstance, path: string, cookie: string): Promise<{ ms: number, served: string }> {
  let served = ''
  const ms = await timed(async () => {
    const reply = await fetch(listeningOrigin + path, { headers: { cookie } })
    await reply.text()
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}`)
    served = reply.headers.get('cache-status') ?? ''
  })
  return { ms, served }
}

function row (app: string, views: readonly View[]): string {
  const [first, second] = (['first', 'second'] as const).map(call => median(views.filter(view => view.call === call).map(({ ms }) => ms)))
  const served = new Set(views.filter(({ call }) => call === 'second').map(view => view.served))
  return `| ${app} | ${first?.toFixed(1)} ms | ${second?.toFixed(1)} ms | ${(Number(first) / Number(second)).toFixed(1)} | ${[...served].join()} |`
}
