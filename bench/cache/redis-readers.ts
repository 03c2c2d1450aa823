import KeyvRedis from '@keyv/redis'
import { Redis as UpstashRedis } from '@upstash/redis'
import { BentoCache, bentostore } from 'bentocache'
import { redisDriver } from 'bentocache/drivers/redis'
import { createCache } from 'cache-manager'
import { Redis } from 'ioredis'
import { Keyv } from 'keyv'
import type { NamespaceOptions } from '../../index.ts'
import { TTL, type Load } from './contestant.ts'
import { openCache } from './ours.ts'

/** Where a reader may find Redis, on the ports given. */
export interface Address { readonly rest: number, readonly tcp: number, readonly token: string }

export interface Reader {
  get (key: string): Promise<unknown>
  close (): Promise<unknown>
}

/** Reads that are answered from Redis. */
export interface RedisReader {
  readonly name: string
  readonly wire: 'rest' | 'tcp'
  open (address: Address, load: Load): Promise<Reader>
}

/** Before there is a memory to go without, there is no such option. */
const WITHOUT_MEMORY = { ttl: TTL, memory: false } as NamespaceOptions

export const readers: readonly RedisReader[] = [
  {
    name: 'fastify-upstash, `getOrSet`',
    wire: 'rest',
    async open ({ rest, token }, load) {
      const { cache, close } = await openCache(`http://127.0.0.1:${rest}`, token, WITHOUT_MEMORY, { ttl: TTL })
      return { get: key => cache.getOrSet(key, () => load(key)), close }
    }
  },
  {
    name: '@upstash/redis, `get`',
    wire: 'rest',
    async open ({ rest, token }, load) {
      const redis = new UpstashRedis({ url: `http://127.0.0.1:${rest}`, token })
      const get = async (key: string) => await redis.get(`sdk:${key}`) ?? await redis.set(`sdk:${key}`, await load(key), { ex: TTL })
      return { get, close: async () => {} }
    }
  },
  {
    name: 'bentocache, `getOrSet`',
    wire: 'tcp',
    async open ({ tcp }, load) {
      const connection = new Redis({ port: tcp, host: '127.0.0.1' })
      const store = bentostore().useL2Layer(redisDriver({ connection, prefix: 'bento' }))
      const cache = new BentoCache({ default: 'bench', ttl: TTL * 1000, stores: { bench: store } })
      return { get: key => cache.getOrSet({ key, factory: () => load(key) }), close: () => cache.disconnectAll() }
    }
  },
  {
    name: 'cache-manager, `wrap`',
    wire: 'tcp',
    async open ({ tcp }, load) {
      const store = new KeyvRedis(`redis://127.0.0.1:${tcp}`)
      const cache = createCache({ stores: [new Keyv({ store })], ttl: TTL * 1000 })
      return { get: key => cache.wrap(key, () => load(key)), close: () => cache.disconnect() }
    }
  }
]
