import { startEndpoint } from '../endpoint.ts'
import { percentile, timed } from '../measure.ts'
import { startProxy } from './counting-proxy.ts'
import { table } from '../markdown.ts'
import { readers, type Address, type Reader, type RedisReader } from './redis-readers.ts'
import { startRedis } from './redis-server.ts'
import { textOf } from './values.ts'

// (c) How long a hit in Redis takes, and what goes over the wire.

const SIZES = { '100 B': 100, '1 KB': 1_000, '10 KB': 10_000 }
const ROUNDS = 10
/** Hits of a reader and size in a round. */
const HITS = 200

interface Row { readonly reader: RedisReader, readonly size: string, readonly times: number[], readonly sent: number, readonly received: number }

const redis = await startRedis()
const endpoint = await startEndpoint(`redis://127.0.0.1:${redis.port}`)
const address: Address = { rest: Number(new URL(endpoint.url).port), tcp: redis.port, token: endpoint.token }
try {
  const rows: Row[] = []
  for (const size of Object.keys(SIZES)) for (const reader of readers) rows.push({ reader, size, times: [], ...await weigh(reader, size) })
  const opened = new Map<RedisReader, Reader>()
  for (const reader of readers) opened.set(reader, await reader.open(address, refuse))
  for (let round = -1; round < ROUNDS; round++) {
    for (const { reader, size, times } of rows) {
      const { get } = opened.get(reader) ?? await reader.open(address, refuse)
      // The first hit finds the connection idle, and the first round is the compiler's.
      await get(size)
      for (let hit = 0; hit < HITS; hit++) {
        const ms = await timed(() => get(size))
        if (round >= 0) times.push(ms)
      }
    }
  }
  for (const reader of opened.values()) await reader.close()
  console.log(table(['value', 'reader', 'over', 'p50 >', 'p99 >', 'bytes out >', 'bytes in >'], rows.map(written)))
} finally {
  await endpoint.stop()
  await redis.stop()
}

/** Bytes of a hit, once connected. */
async function weigh (reader: RedisReader, size: string): Promise<{ sent: number, received: number }> {
  const proxies = await Promise.all([address.rest, address.tcp].map(port => startProxy({ port, hold: 0 })))
  const [rest, tcp] = proxies
  if (rest === undefined || tcp === undefined) throw new Error('no proxy')
  const through = { ...address, rest: rest.port, tcp: tcp.port }
  const { counts, quiet } = reader.wire === 'rest' ? rest : tcp
  const writer = await reader.open(address, load)
  await writer.get(size)
  const { get, close } = await reader.open(through, refuse)
  await eventually(() => get(size))
  await quiet()
  const before = { ...counts }
  for (let hit = 0; hit < HITS; hit++) if (await get(size) !== await load(size)) throw new Error(`${reader.name} answers something else`)
  await quiet()
  const perHit = { sent: (counts.sent - before.sent) / HITS, received: (counts.received - before.received) / HITS }
  await Promise.all([close(), writer.close()])
  await Promise.all(proxies.map(proxy => proxy.close()))
  return perHit
}

/** What a caller does not wait to be stored is there soon. */
async function eventually (read: () => Promise<unknown>): Promise<void> {
  for (let attempts = 20; attempts > 0; attempts--) {
    const found = await read().then(() => true, () => false)
    if (found) return
  }
  throw new Error('what was stored is not found')
}

async function load (size: string): Promise<string> {
  return textOf(SIZES[size as keyof typeof SIZES])
}

async function refuse (): Promise<never> {
  throw new Error('what should have been a hit was loaded')
}

function written ({ reader, size, times, sent, received }: Row): string[] {
  const [p50, p99] = [0.5, 0.99].map(share => percentile(times, share))
  const wire = reader.wire === 'rest' ? 'REST' : 'TCP'
  return [size, reader.name, wire, ...[p50, p99].map(ms => `${ms?.toFixed(2)} ms`), ...[sent, received].map(bytes => Math.round(bytes).toLocaleString('en'))]
}
