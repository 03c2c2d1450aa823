import { setTimeout } from 'node:timers/promises'
import Fastify from 'fastify'
import cachePlugin from '../../../plugins/cache/index.ts'
import upstashEnv from '../../../plugins/env/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'

// A process of its own that asks for one key 25 times at once, whenever it is told to. Its loader says so, and takes as long as told.

const [url = '', token = '', timeout = ''] = process.argv.slice(2)

const app = Fastify()
await app.register(upstashEnv, { url, token, env: {} })
await app.register(upstashClient, { timeLimit: 5_000 })
await app.register(cachePlugin, { timeout: Number(timeout) })

process.on('message', async ({ key, takes }: { key: string, takes: number }) => {
  const load = async () => {
    process.send?.({ loads: process.pid })
    await setTimeout(takes)
    return `of ${process.pid}`
  }
  const values = await Promise.all(Array.from({ length: 25 }, () => app.cache.getOrSet(key, load, { lock: true })))
  process.send?.({ values: [...new Set(values)] })
})
process.on('disconnect', () => process.exit())
process.send?.({ ready: true })
