export { InvalidOptionError } from './lib/options.ts'
export { upstashEnv, type Credentials, type UpstashConfig, type UpstashEnvOptions, type UsableCredentials } from './plugins/env/index.ts'
export * from './plugins/upstash-client/index.ts'
