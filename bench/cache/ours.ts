import Fastify from 'fastify'
import type { Cache, LoadOptions, NamespaceOptions, UpstashClientOptions } from '../../index.ts'
import { startEndpoint } from '../endpoint.ts'
import { TTL, type MemoryContestant, type RedisCache, type RedisContestant } from './contestant.ts'

// As users get it: compiled. The compiler of these files would add to what is measured.
const BUILT = new URL('../../dist/index.js', import.meta.url).href
const { cache, upstashClient, upstashEnv } = await import(BUILT) as typeof import('../../index.ts')

export interface Opened { readonly cache: Cache, close (): Promise<void> }

/** The plugins in an app of their own; the first namespace options that this version knows are used. */
export async function openCache (url: string, token: string, ...choices: NamespaceOptions[]): Promise<Opened> {
  const app = Fastify()
  // What is counted and timed here must not be cut short on a busy machine.
  const client: UpstashClientOptions = { timeLimit: 60_000 }
  app.register(upstashEnv, { url, token, env: {} }).register(upstashClient, client).register(cache)
  await app.ready()
  return { cache: namespace(app.cache, choices), close: () => app.close() }
}

function namespace (root: Cache, [first, ...others]: NamespaceOptions[]): Cache {
  try {
    return root.namespace('bench', first)
  } catch (error) {
    if (others.length === 0) throw error
    return namespace(root, others)
  }
}

export const ours: MemoryContestant = {
  name: 'fastify-upstash',
  setUp: 'memory before Redis',
  async open (load) {
    const endpoint = await startEndpoint()
    // Nothing is confirmed while it is measured: that is one command a second at most, and none of a hit's.
    const { cache, close } = await openCache(endpoint.url, endpoint.token, { ttl: TTL, staleness: TTL, memory: { entries: 20_000 } })
    return {
      get: key => cache.getOrSet(key, () => load(key)),
      roundTrips: async () => (await endpoint.stats()).roundTrips,
      close: async () => {
        await close()
        await endpoint.stop()
      }
    }
  }
}

/** On a local endpoint, whose token is in the address. */
export const oursInRedis: RedisContestant = {
  name: ours.name,
  mostTags: 100,
  memory: true,
  async open (url, { ttl, fence }) {
    const { password, origin } = new URL(url)
    const { cache, close } = await openCache(origin, password, { ttl, fence })
    const opened: RedisCache = {
      getOrSet: (key, load, tags = []) => cache.getOrSet(key, () => load(key), { tags }),
      get: key => cache.get(key),
      getMany: keys => cache.getMany(keys),
      set: (key, value, tags = []) => cache.set(key, value, { tags }),
      setMany: keys => cache.setMany(keys.map(key => ({ key, value: key }))),
      invalidateTag: tag => cache.invalidateTags(tag),
      clear: () => cache.clear(),
      refresh: (key, load) => cache.getOrSet(key, () => load(key), { refresh: true }),
      loadTellingTags: (key, load, tags) => cache.getOrSet(key, ({ setTags }) => { setTags(tags); return load(key) }),
      close
    }
    if (fence) opened.delete = keys => cache.delete(...keys)
    const locked = { lock: true } as LoadOptions
    if (await knows(cache, locked)) opened.loadLocked = (key, load) => cache.getOrSet(key, () => load(key), locked)
    return opened
  }
}

/** Options are checked before anything is asked of Redis, and a loader that skips leaves nothing there. */
async function knows (cache: Cache, options: LoadOptions): Promise<boolean> {
  return await cache.getOrSet('known', ({ skip }) => { skip(); return true }, options).catch(() => false)
}
