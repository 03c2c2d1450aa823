import Fastify from 'fastify'
import { cache, CommandError, presence, queueStub, responseCache, upstashClient, upstashEnv, type AddResult, type Reply, type UpstashClient } from 'fastify-upstash'
import { cacheContract, type ContractCase } from 'fastify-upstash/contracts'
import { upstashEnv as envAlone } from 'fastify-upstash/env'
import { startLocalUpstash, type Fault } from 'fastify-upstash/local'
import clientAlone, { type UpstashClientOptions } from 'fastify-upstash/upstash-client'

// What an app in TypeScript writes. Compiled as an ES module and as CommonJS.
export const options: UpstashClientOptions = { timeLimit: 500 }
export const app = Fastify()
app.register(upstashEnv, { env: process.env })
app.register(upstashClient, options)
app.register(cache, { namespaces: { query: { ttl: 60 } } })
app.register(responseCache, { hosts: ['example.com'] })
app.register(presence, { grace: 1000 })
app.register(queueStub, { fallback: 'inline' })
app.register(envAlone)
app.register(clientAlone, { required: true })

app.get('/', async (request): Promise<Reply> => {
  const upstash: UpstashClient | null = request.server.upstash
  if (upstash === null) return 'no Redis'
  const [hits] = await upstash.batch([['INCR', 'hits']])
  if (hits?.ok === false && hits.error instanceof CommandError) request.log.warn(hits.error.redisCode)
  return await upstash.redis.get<string>('greeting') ?? await upstash.send<string | null>(['GET', 'greeting'])
})

app.get('/reports/:id', { config: { cache: { ttl: 60, tags: request => [`report:${request.params['id']}`], user: request => request.ip } } }, async () => 'report')
app.put('/reports/:id', async () => await app.responseCache.purge({ tags: ['report:1'] }))

interface Filter { page: number, since?: string }

app.get('/patients', async request => {
  const filter: Filter = { page: 1 }
  const result: AddResult = await app.queue.add('export', { filter })
  if (result.accepted === false) request.log.info(result.reason)
  const { members } = await app.presence.list('ward')
  const patients = await app.cache.namespace('query').getOrSet(['patients', filter], async () => [{ name: 'Ada', born: new Date() }])
  return patients.map(({ name, born }) => `${name} ${born.getFullYear()} ${members.length}`)
})

export const cases: ContractCase[] = cacheContract({ create: async () => ({ cache: app.cache }) })

export async function withFault (fault: Fault): Promise<string> {
  const local = await startLocalUpstash({ token: 'test' })
  await local.faults.set(fault)
  return local.url
}
