import Fastify from 'fastify'
import { CommandError, upstashClient, upstashEnv, type Reply, type UpstashClient } from 'fastify-upstash'
import { upstashEnv as envAlone } from 'fastify-upstash/env'
import { startLocalUpstash, type Fault } from 'fastify-upstash/local'
import clientAlone, { type UpstashClientOptions } from 'fastify-upstash/upstash-client'

// What an app in TypeScript writes. Compiled as an ES module and as CommonJS.
export const options: UpstashClientOptions = { timeLimit: 500 }
export const app = Fastify()
app.register(upstashEnv, { env: process.env })
app.register(upstashClient, options)
app.register(envAlone)
app.register(clientAlone, { required: true })

app.get('/', async (request): Promise<Reply> => {
  const upstash: UpstashClient | null = request.server.upstash
  if (upstash === null) return 'no Redis'
  const [hits] = await upstash.batch([['INCR', 'hits']])
  if (hits?.ok === false && hits.error instanceof CommandError) request.log.warn(hits.error.redisCode)
  return await upstash.redis.get<string>('greeting') ?? await upstash.send<string | null>(['GET', 'greeting'])
})

export async function withFault (fault: Fault): Promise<string> {
  const local = await startLocalUpstash({ token: 'test' })
  await local.faults.set(fault)
  return local.url
}
