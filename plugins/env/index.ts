import fastifyEnv from '@fastify/env'
import fp from 'fastify-plugin'
import { optionsCheck } from '../../lib/options.ts'
import { readBackgroundJobs, type BackgroundJobs } from './background-jobs.ts'
import { checkCredentials, type Credentials, type Setting } from './credentials.ts'

export type { BackgroundJobs } from './background-jobs.ts'
export type { Credentials, UsableCredentials } from './credentials.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The environment of the fastify-upstash plugins, read and checked once. */
    upstashConfig: UpstashConfig
  }
}

export interface UpstashConfig {
  readonly credentials: Credentials
  /** `DISABLE_BACKGROUND_JOBS`; default true. */
  readonly backgroundJobs: BackgroundJobs
}

/** Options beat the environment; `url` and `token` go together. */
export interface UpstashEnvOptions {
  /** REST URL of the database; default `UPSTASH_REDIS_REST_URL`, then `KV_REST_API_URL`. */
  url?: string | undefined
  /** REST token of the database; default `UPSTASH_REDIS_REST_TOKEN`, then `KV_REST_API_TOKEN`. */
  token?: string | undefined
  /** Accept `http://` to hosts other than this machine; default false. */
  allowInsecure?: boolean | undefined
  /** Read instead of `process.env`. */
  env?: Record<string, string | undefined> | undefined
}

const checkOptions = optionsCheck<UpstashEnvOptions>('upstash-env', {
  url: { type: 'string' },
  token: { type: 'string' },
  allowInsecure: { type: 'boolean' },
  env: { type: 'object' }
})

// The second pair is what Vercel and other integrations set. A URL of one pair is never joined with a token of the other.
const PAIRS = [
  { url: 'UPSTASH_REDIS_REST_URL', token: 'UPSTASH_REDIS_REST_TOKEN' },
  { url: 'KV_REST_API_URL', token: 'KV_REST_API_TOKEN' }
] as const

type Environment = Record<typeof PAIRS[number]['url' | 'token'] | 'DISABLE_BACKGROUND_JOBS', string>

// Strings, whatever they mean: a boolean in the schema would fail the boot on `yes` or an empty value.
const variable = { type: 'string', default: '' }
const schema = {
  type: 'object',
  properties: Object.fromEntries([...PAIRS.flatMap(({ url, token }) => [url, token]), 'DISABLE_BACKGROUND_JOBS'].map(name => [name, variable]))
}

/**
 * Reads and checks the environment into `fastify.upstashConfig`. Unusable credentials are no error here: the plugin that
 * would serve with them reports them.
 */
export const upstashEnv = fp<UpstashEnvOptions>(async (fastify, given) => {
  const options = checkOptions(given)
  // In a context of its own: the app may own `fastify.config` through @fastify/env, and its `getEnvs()` must not show our token.
  await fastify.register(async context => {
    await context.register(fastifyEnv, { confKey: 'upstashEnvironment', schema, data: options.env ?? process.env, env: false })
    const { upstashEnvironment } = context as typeof context & { upstashEnvironment: Environment }
    const { url, token } = settings(upstashEnvironment, options)
    fastify.decorate('upstashConfig', {
      credentials: checkCredentials(url, token, options.allowInsecure ?? false),
      backgroundJobs: readBackgroundJobs(upstashEnvironment.DISABLE_BACKGROUND_JOBS)
    })
  })
}, { name: 'upstash-env', fastify: '5.x' })

export default upstashEnv

function settings (environment: Environment, options: UpstashEnvOptions): { url: Setting, token: Setting } {
  // Options are a pair as well: an option's URL must not get the environment's token.
  if (options.url !== undefined || options.token !== undefined) {
    return { url: { name: 'the option url', value: options.url ?? '' }, token: { name: 'the option token', value: options.token ?? '' } }
  }
  const pair = PAIRS.find(({ url, token }) => environment[url] !== '' || environment[token] !== '') ?? PAIRS[0]
  return {
    url: { name: pair.url, value: environment[pair.url] },
    token: { name: pair.token, value: environment[pair.token] }
  }
}
