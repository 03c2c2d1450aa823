import t, { test } from 'tap'
import { eventually } from '../../contracts/expect.ts'
import { environment, startApp } from '../app.ts'
import { codeOf } from '../client.ts'
import { member } from '../clinic.ts'
import { startDatabase } from '../database.ts'
import { startLocal } from '../local.ts'
import { startTcpWay } from '../tcp-way.ts'

const { url } = await startDatabase(t)

/** The samples of a reply in the text format, by name and labels. */
function read (text: string): Map<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')).replace(/^fastify_upstash_/, ''), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

/** The paths of all figures. */
function leaves (figures: object, path = ''): string[] {
  return Object.entries(figures).flatMap(([name, value]) => value instanceof Object ? leaves(value, `${path}.${name}`) : [`${path}.${name}`])
}

/** The same figures, which note what is read of them. */
function noting<Figures extends object> (figures: Figures, noted: Set<string>, path = ''): Figures {
  return new Proxy(figures, {
    get (target, name) {
      const value: unknown = Reflect.get(target, name)
      if (value instanceof Object) return noting(value, noted, `${path}.${String(name)}`)
      noted.add(`${path}.${String(name)}`)
      return value
    }
  })
}

test('/metrics tells the figures of every plugin, the cache\'s for each namespace', async t => {
  const { app } = await startApp(t, environment(await startLocal(t)))
  const query = app.cache.namespace('query')
  await query.set('key', 1)
  await query.get('key')
  await app.cache.namespace('report').get('key')
  await app.cache.get('key')
  app.presence.connect({ userId: 'ann', room: 'lobby' })
  await app.queue.add('reminders', {})
  const reply = await app.inject('/metrics')
  t.match(reply.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  const samples = read(reply.body)
  t.match(Object.fromEntries(samples), {
    'cache_hits_total{namespace="query"}': 1,
    'cache_memory_hits_total{namespace="query"}': 1,
    'cache_stored_total{namespace="query"}': 1,
    'cache_memory_entries{namespace="query"}': 1,
    'cache_hits_total{namespace="report"}': 0,
    'cache_misses_total{namespace="report"}': 1,
    'cache_misses_total{namespace=""}': 1,
    'client_state{state="connected"}': 1,
    'client_state{state="unreachable"}': 0,
    'client_breaker{state="closed"}': 1,
    presence_connections: 1,
    'queue_rejected_total{job="reminders"}': 1
  })
  t.ok((samples.get('client_billed_commands_total') ?? 0) > 0)
  t.ok((samples.get('client_latency_seconds{quantile="0.99"}') ?? 0) > 0)
  t.notMatch(reply.body, /lobby|ann\b/, 'no room and no user')
})

test('a metric is what its plugin counts at that moment, however often it is asked for', async t => {
  const { app } = await startApp(t, environment(await startLocal(t)))
  const misses = async () => read((await app.inject('/metrics')).body).get('cache_misses_total{namespace="query"}')
  t.equal(await misses(), 0)
  await app.cache.namespace('query').get('key')
  t.equal(await misses(), 1)
  t.equal(await misses(), 1)
})

test('no figure of a plugin is left out', async t => {
  const { app } = await startApp(t, { DATABASE_URL: url, ...environment(await startLocal(t)) })
  await app.cache.get('key')
  await app.database.query({ name: 'one', text: 'select 1' })
  const { upstash, cache, responseCache, presence, queue, database } = app
  for (const plugin of [upstash, cache, responseCache, presence, queue, database]) {
    // What is frozen can have no proxy that answers other objects.
    const stats = structuredClone(plugin?.stats() ?? {})
    const noted = new Set<string>()
    Object.assign(plugin ?? {}, { stats: () => noting(stats, noted) })
    await app.inject('/metrics')
    // The sum over the namespaces is for who reads the metrics to make.
    const all = leaves(stats).filter(name => plugin !== cache || /^\.(namespaces|redis)\./.test(name)).filter(name => name !== '.queries.one.cache')
    t.ok(all.length > 5)
    t.same(all.filter(name => !noted.has(name)), [])
  }
})

test('without Redis there are the same metrics, but the client\'s', async t => {
  const { app } = await startApp(t)
  const samples = read((await app.inject('/metrics')).body)
  t.equal(samples.get('cache_misses_total{namespace=""}'), 0)
  t.notOk([...samples.keys()].some(name => name.startsWith('client_')))
})

test('the database\'s queries, connections and errors are told', async t => {
  const way = await startTcpWay(t, url)
  const { app } = await startApp(t, { DATABASE_URL: way.url, ...environment(await startLocal(t)) })
  const samples = async () => read((await app.inject('/metrics')).body)
  t.match(Object.fromEntries(await samples()), { 'database_state{state="idle"}': 1, 'database_connections{use="busy"}': 0, database_unavailable_total: 0 })
  const ann = await member(app, 'north')
  await ann.ask('/dashboard')
  await codeOf(app.database.query({ name: 'wrong', text: 'select nothing from nowhere' }))
  const { milliseconds } = app.database.stats().queries['top diagnoses'] ?? {}
  t.match(Object.fromEntries(await samples()), {
    'database_queries_total{query="top diagnoses"}': 1,
    'database_query_seconds_total{query="top diagnoses"}': Number(milliseconds) / 1_000,
    'database_query_errors_total{query="top diagnoses"}': 0,
    'database_query_errors_total{query="wrong"}': 1,
    'database_state{state="connected"}': 1,
    'database_connections{use="busy"}': 0,
    database_waiting: 0
  })
  const askTenTimes = () => Array.from({ length: 10 }, () => codeOf(app.database.query({ name: 'one', text: 'select 1' })))
  await Promise.all(askTenTimes())
  t.match(Object.fromEntries(await samples()), { 'database_connections{use="busy"}': 0, 'database_connections{use="idle"}': 4 })
  // Answers do not come.
  way.hush()
  const asked = askTenTimes()
  await eventually(async () => ((await samples()).get('database_waiting') ?? 0) === 6, 'six wait for one of four connections')
  t.equal((await samples()).get('database_connections{use="busy"}'), 4)
  await way.block()
  await Promise.all(asked)
  t.match(Object.fromEntries(await samples()), { 'database_state{state="unreachable"}': 1, database_unavailable_total: 10, 'database_connections{use="busy"}': 0 })
})

test('names and types are as Prometheus wants them', async t => {
  const { app } = await startApp(t, { DATABASE_URL: url, ...environment(await startLocal(t)) })
  await app.inject('/lookup/J45')
  await app.database.query({ name: 'a "quoted" \\ name', text: 'select 1' })
  const { body } = await app.inject('/metrics')
  const [types, helps] = ['TYPE', 'HELP'].map(what => new Map([...body.matchAll(new RegExp(`^# ${what} (\\S+) (.+)$`, 'gm'))].map(([, name = '', text = '']) => [name, text])))
  t.same([...types?.keys() ?? []], [...helps?.keys() ?? []])
  for (const [name, type] of types ?? []) {
    t.match(name, /^fastify_upstash_[a-z][a-z_]*$/)
    t.equal(type, name.endsWith('_total') ? 'counter' : 'gauge', name)
  }
  for (const line of body.split('\n').filter(line => line !== '' && !line.startsWith('#'))) t.match(line, /^[a-z_]+(\{[a-z]+="(\\.|[^"\\])*"\})? \d+(\.\d+)?(e-\d+)?$/, line)
  t.match(body, 'database_queries_total{query="a \\"quoted\\" \\\\ name"} 1')
})

test('a counter never falls, whatever happens', async t => {
  const { app } = await startApp(t, { DATABASE_URL: url, ...environment(await startLocal(t)) })
  const ann = await member(app, 'north')
  const counters = async () => new Map([...read((await app.inject('/metrics')).body)].filter(([name]) => /_total\b/.test(name)))
  let before = await counters()
  for (const ask of [() => ann.ask('/patients'), () => ann.ask('/patients/3'), () => app.cache.clear(), () => ann.ask('/wards'), () => ann.ask('/patients'), () => app.cache.namespace('query').delete('key')]) {
    await ask()
    const now = await counters()
    for (const [name, value] of before) t.ok((now.get(name) ?? -1) >= value, name)
    before = now
  }
  t.ok((before.get('cache_loads_total{namespace="query"}') ?? 0) >= 3)
})

t.end()
