import type { LocalOptions, LocalUpstash } from '../local/index.ts'
import cachePlugin, { type Cache, type CacheOptions } from '../plugins/cache/index.ts'
import upstashEnv from '../plugins/env/index.ts'
import upstashClient, { type UpstashClient, type UpstashClientOptions } from '../plugins/upstash-client/index.ts'
import { loggedServer, startClient, type LoggedServer } from './client.ts'
import { startLocal } from './local.ts'
import type { Owner } from './owner.ts'

export interface StartedCache extends LoggedServer { cache: Cache }

export interface StartCacheOptions {
  cache?: CacheOptions
  client?: UpstashClientOptions
  local?: LocalOptions
}

/** The cache plugin on an endpoint of its own, with time enough on a busy machine: limits are the subject of tests that set one. */
export async function startCache (t: Owner, options: StartCacheOptions = {}): Promise<StartedCache & { local: LocalUpstash, client: UpstashClient }> {
  const local = await startLocal(t, options.local)
  const { app, log, client } = await startClient(t, local, { timeLimit: 20_000, ...options.client })
  await app.register(cachePlugin, options.cache ?? {})
  return { app, log, local, client, cache: app.cache }
}

/** The cache plugin where no Redis is configured. */
export async function startNullCache (t: Owner, options: CacheOptions = {}): Promise<StartedCache> {
  const { app, log } = loggedServer(t)
  await app.register(upstashEnv, { env: {} })
  await app.register(upstashClient)
  await app.register(cachePlugin, options)
  return { app, log, cache: app.cache }
}

/** Another app's cache on the same endpoint: they share nothing else, so it stands for another process. */
export async function startCacheOn (t: Owner, local: Pick<LocalUpstash, 'url' | 'token'>, options: CacheOptions = {}, client: UpstashClientOptions = {}): Promise<Cache> {
  const { app } = await startClient(t, local, { timeLimit: 20_000, ...client })
  await app.register(cachePlugin, options)
  return app.cache
}
