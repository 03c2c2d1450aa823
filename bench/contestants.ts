import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from '@upstash/redis'
import Fastify from 'fastify'
import { upstashClient, upstashEnv, type Command, type UpstashClient, type UpstashClientOptions } from '../index.ts'
import type { Endpoint } from './endpoint.ts'
import { median, timed, type Contestant, type Timing } from './measure.ts'

export const KEYS = Array.from({ length: 1000 }, (_, index) => `bench:${index}`)
const VALUES = KEYS.map(key => `value of ${key}`)
const get = (key: string): Command => ['GET', key]
const rest = (key: string): string => `value of ${key}`

/** Calls in an outage, and how many of them find the circuit breaker closed by its default. */
const OUTAGE_CALLS = 50
const BREAKER_THRESHOLD = 5
/** Milliseconds after which a call of the SDK is given up here: it has no limit of its own. */
const PATIENCE = 10_000
/** How long a burst takes is the question, so it must not be cut short. In outages the default holds. */
const UNLIMITED: UpstashClientOptions = { timeLimit: 60_000 }

export async function fill (endpoint: Endpoint): Promise<void> {
  await withOurs(endpoint, upstash => upstash.batch(KEYS.map(key => ['SET', key, rest(key)])))
}

/** A thousand GETs, all begun in one tick or each after the one before. */
export const concurrent = { ours: ours('`send` × 1,000', sendAll), batch: ours('one `batch`', batchAll), sdk: sdk('`get` × 1,000', getAll) }
export const sequential = { ours: ours('`send`', sendEach), sdk: sdk('`get`', getEach) }

/** Reads while the endpoint is out. */
export const outage: { ours: Contestant, sdk: Contestant } = {
  ours: {
    name: 'fastify.upstash',
    run: endpoint => withOurs(endpoint, async upstash => {
      const times: number[] = []
      for (const key of KEYS.slice(0, OUTAGE_CALLS)) times.push(await timed(() => mustFail(upstash.send(get(key)))))
      return [
        { what: `each of the first ${BREAKER_THRESHOLD} calls`, ms: median(times.slice(0, BREAKER_THRESHOLD)) },
        { what: `each of the next ${OUTAGE_CALLS - BREAKER_THRESHOLD}`, ms: median(times.slice(BREAKER_THRESHOLD)) }
      ]
    })
  },
  sdk: {
    name: '@upstash/redis',
    run: async endpoint => {
      const call = mustFail(client(endpoint).get('bench:0')).then(() => false)
      let givenUp = false
      const limit = new AbortController()
      const ms = await timed(async () => {
        givenUp = await Promise.race([call, delay(PATIENCE, true, { signal: limit.signal })])
      })
      limit.abort()
      return [{ what: 'each call', ms, givenUp }]
    }
  }
}

function ours (what: string, work: (upstash: UpstashClient) => Promise<unknown[]>): Contestant {
  const run = (endpoint: Endpoint): Promise<Timing[]> => withOurs(endpoint, upstash => timeReads(what, () => work(upstash)), UNLIMITED)
  return { name: 'fastify.upstash', run }
}

function sdk (what: string, work: (redis: Redis) => Promise<unknown[]>): Contestant {
  return { name: '@upstash/redis', run: endpoint => timeReads(what, () => work(client(endpoint))) }
}

async function sendAll (upstash: UpstashClient) { return await Promise.all(KEYS.map(key => upstash.send(get(key)))) }
async function batchAll (upstash: UpstashClient) { return (await upstash.batch(KEYS.map(get))).map(result => result.ok && result.value) }
async function getAll (redis: Redis) { return await Promise.all(KEYS.map(key => redis.get(key))) }

async function sendEach (upstash: UpstashClient) {
  const values = []
  for (const key of KEYS) values.push(await upstash.send(get(key)))
  return values
}

async function getEach (redis: Redis) {
  const values = []
  for (const key of KEYS) values.push(await redis.get(key))
  return values
}

/** Sockets are opened within the time, by all contestants alike. */
async function timeReads (what: string, read: () => Promise<unknown[]>): Promise<Timing[]> {
  let values: unknown[] = []
  const ms = await timed(async () => { values = await read() })
  if (values.join() !== VALUES.join()) throw new Error(`${what}: wrong values`)
  return [{ what, ms }]
}

async function withOurs<T> (endpoint: Endpoint, work: (upstash: UpstashClient) => Promise<T>, options: UpstashClientOptions = {}): Promise<T> {
  const app = Fastify()
  app.register(upstashEnv, { url: endpoint.url, token: endpoint.token, env: {} }).register(upstashClient, options)
  await app.ready()
  if (app.upstash === null) throw new Error('the client did not take its credentials')
  try {
    return await work(app.upstash)
  } finally {
    await app.close()
  }
}

/** With the SDK's defaults, its automatic pipelining among them. */
function client ({ url, token }: Endpoint): Redis {
  return new Redis({ url, token })
}

function mustFail (call: Promise<unknown>): Promise<void> {
  return call.then(() => { throw new Error('the call was answered in an outage') }, () => {})
}
