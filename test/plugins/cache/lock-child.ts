import { EventEmitter, once } from 'node:events'
import Fastify from 'fastify'
import cachePlugin from '../../../plugins/cache/index.ts'
import upstashEnv from '../../../plugins/env/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'

// A process of its own that asks for one key 25 times at once, whenever it is told to. Its loader says so, and ends when it is told to.

const [url = '', token = ''] = process.argv.slice(2)
const told = new EventEmitter()

const app = Fastify()
await app.register(upstashEnv, { url, token, env: {} })
await app.register(upstashClient, { timeLimit: 5_000 })
await app.register(cachePlugin)

process.on('message', async (message: { key: string, timeout: number } | 'end') => {
  if (message === 'end') {
    told.emit('end')
    return
  }
  const { key, timeout } = message
  const load = async () => {
    process.send?.({ loads: process.pid })
    await once(told, 'end')
    return `of ${process.pid}`
  }
  const values = await Promise.all(Array.from({ length: 25 }, () => app.cache.getOrSet(key, load, { lock: true, timeout })))
  process.send?.({ values: [...new Set(values)] })
})
process.on('disconnect', () => process.exit())
process.send?.({ ready: true })
