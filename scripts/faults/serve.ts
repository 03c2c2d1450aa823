import Fastify, { LogController } from 'fastify'
import type * as App from '../../app.ts'

// The example app as it is compiled, without a line a request, so that what is left in its log can be counted.

/** Milliseconds. By default half a minute, which each fault would have to wait for that comes soon after another. */
const BACKOFF_MAX = 1_000

const built = (file: string): string => new URL(`../../dist/${file}`, import.meta.url).href
const { default: application, options } = await import(built('app.js')) as typeof App
const { default: upstashClient } = await import(built('plugins/upstash-client/index.js'))
// What @fastify/autoload gives a plugin as its options.
upstashClient.autoConfig = { backoffMax: BACKOFF_MAX }
const app = Fastify({ ...options, logger: { level: 'info' }, logController: new LogController({ disableRequestLogging: true }) })
await app.register(application)
process.once('SIGTERM', () => app.close())
await app.listen({ port: 0, host: '127.0.0.1' })
