import { test } from 'tap'

interface Served { readonly kind: string, readonly words: string, readonly seconds: number | undefined, readonly milliseconds: number | undefined }
interface Row { readonly name: string, readonly reads: number, readonly fromCache: number, readonly saved: Cost }
interface Cost { readonly queries: number, readonly milliseconds: number }
interface Savings { readonly rows: Row[], readonly ratio: number | undefined, readonly with: Cost, readonly without: Cost }
const load = async (name: string): Promise<unknown> => await import(new URL(`../../public/${name}`, import.meta.url).href)
const { readServed } = await load('served.js') as { readServed (headers: Headers, readAt?: string): Served }
const { savings } = await load('savings.js') as { savings (status: object): Savings }
const { roundUp } = await load('scale.js') as { roundUp (number: number): number }
const { count, dayText, duration, span } = await load('words.js') as Record<'count' | 'duration' | 'span', (number: number, digits?: number) => string> & { dayText (day: string): string }

test('a reply tells how it was served, and how old it is by the clock of the server', async t => {
  const date = 'Wed, 25 Nov 2026 12:00:10 GMT'
  const reply = (status: string, timing: string) => new Headers({ date, 'cache-status': `fastify-upstash; ${status}`, 'server-timing': timing })
  const readAt = '2026-11-25T12:00:03.500Z'
  t.match(readServed(reply('hit', 'cache;desc=memory;dur=0.1'), readAt), { kind: 'hit', words: 'Memory', seconds: 6, milliseconds: 0.1 })
  t.match(readServed(reply('hit', 'db;dur=9, cache;desc=redis;dur=4'), readAt), { kind: 'hit', words: 'Redis', milliseconds: 4 })
  t.match(readServed(reply('hit', 'cache;desc=stale;dur=1'), readAt), { kind: 'stale', words: 'Stale' })
  t.match(readServed(reply('fwd=miss', 'cache;desc=loader;dur=151.2'), '2026-11-25T12:00:10.700Z'), { kind: 'miss', words: 'Database', seconds: 0, milliseconds: 151.2 })
  t.match(readServed(reply('fwd=miss; collapsed', 'cache;desc=joined;dur=80'), readAt), { kind: 'miss', words: 'Database, shared' })
  t.match(readServed(reply('fwd=bypass', 'cache;desc=loader;dur=80'), readAt), { kind: 'miss', words: 'Database, no cache' })
  t.match(readServed(new Headers({ date })), { kind: 'unknown', seconds: undefined, milliseconds: undefined })
})

const namespace = { hits: 0, stale: 0, joined: 0, loads: 0 }
const status = (namespaces: object, queries: object) => ({
  plugins: { cache: { stats: { namespaces: { query: namespace, aggregation: namespace, report: namespace, permission: namespace, ...namespaces } } } },
  database: { stats: { queries } }
})

test('a spared read is taken to cost what a load of its kind cost on average', async t => {
  const found = savings(status({
    query: { hits: 6, stale: 1, joined: 2, loads: 2 },
    permission: { ...namespace, hits: 8, loads: 1 }
  }, {
    'list patients': { sent: 2, milliseconds: 30, cache: 'query' },
    'count patients': { sent: 2, milliseconds: 10, cache: 'query' },
    rights: { sent: 1, milliseconds: 2, cache: 'permission' },
    'insert patient': { sent: 7, milliseconds: 70 }
  }))
  t.match(found.rows[0], { name: 'Patients', reads: 11, fromCache: 7, saved: { queries: 16, milliseconds: 160 } }, 'not the stale one, which may have begun a load')
  t.equal(found.ratio, 15 / 20)
  t.same(found.with, { queries: 5, milliseconds: 42 })
  t.same(found.without, { queries: 5 + 16 + 8, milliseconds: 42 + 160 + 16 })
})

test('nothing is claimed where nothing was measured', async t => {
  const found = savings(status({ aggregation: { ...namespace, hits: 5 } }, {}))
  t.equal(found.ratio, 1)
  t.same([found.with, found.without], Array(2).fill({ queries: 0, milliseconds: 0 }))
  t.equal(savings(status({}, {})).ratio, undefined)
})

test('a scale ends at a number that people count by', async t => {
  t.same([1, 2, 5, 46, 95, 140, 1234].map(roundUp), [2, 2, 6, 50, 100, 200, 2000])
})

test('numbers, times and days are short', async t => {
  t.same([span(0), span(59.9), span(60), span(3599), span(7200)], ['0 s', '59 s', '1 min', '59 min', '2 h'])
  t.same([count(12345), count(0.25, 1), duration(339.6), duration(6160)], ['12,345', '0.3', '340 ms', '6.2 s'])
  t.equal(dayText('2026-10-03'), 'Sat, Oct 3')
})
