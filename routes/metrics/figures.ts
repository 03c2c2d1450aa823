import type { Database, QueryStats } from '../../example/database/index.ts'
import type { NamespaceStats, Cache } from '../../plugins/cache/index.ts'
import type { Presence } from '../../plugins/presence/index.ts'
import type { Queue } from '../../plugins/queue-stub/index.ts'
import type { ResponseCache } from '../../plugins/response-cache/index.ts'
import type { UpstashClient } from '../../plugins/upstash-client/index.ts'
import { each, oneOf, type Reading, type Readings } from './readings.ts'

export function addClient (metrics: Readings, client: UpstashClient): void {
  const stats = () => client.stats()
  metrics.counter('client_round_trips', 'HTTP requests to Upstash, probes and retries included', () => stats().roundTrips)
  metrics.counter('client_commands', 'Commands in them', () => stats().commands)
  metrics.counter('client_billed_commands', 'Commands that Upstash bills; an upper bound where replies were lost', () => stats().billedCommands)
  metrics.counter('client_errors', 'Calls that failed', () => each(stats().errors), ['kind'])
  metrics.counter('client_body_bytes', 'Bytes of bodies', () => each(stats().bytes), ['direction'])
  metrics.gauge('client_latency_seconds', 'From call to answer, of the calls of late that were answered', () => {
    const { p50, p99 } = stats().latency
    return [['0.5', p50] as const, ['0.99', p99] as const].flatMap(([quantile, value]) => value === null ? [] : [[[quantile], value / 1_000] as const])
  }, ['quantile'])
  metrics.gauge('client_state', 'How it stands with Redis: 1 for the state that is', () => oneOf(['unknown', 'connected', 'unreachable', 'unauthorized', 'over-quota'], client.state), ['state'])
  metrics.gauge('client_breaker', 'The circuit breaker: 1 for the state that is', () => oneOf(['closed', 'open', 'probing'], stats().breaker), ['state'])
  metrics.gauge('client_subscriptions_open', 'Subscriptions that are open', () => stats().subscriptions.open)
  metrics.counter('client_subscriptions', 'Subscriptions that were opened', () => stats().subscriptions.total)
  metrics.counter('client_subscription_gaps', 'Times that messages may have been missed', () => stats().subscriptions.gaps)
}

export function addCache (metrics: Readings, cache: Cache): void {
  const redis = () => cache.stats().redis
  const perNamespace = (read: (stats: NamespaceStats) => number) => (): Reading => {
    return Object.entries(cache.stats().namespaces).map(([namespace, stats]) => [[namespace], read(stats)])
  }
  const counter = (name: string, help: string, read: (stats: NamespaceStats) => number) => metrics.counter(`cache_${name}`, help, perNamespace(read), ['namespace'])
  counter('hits', 'Values answered within their ttl', stats => stats.hits)
  counter('memory_hits', 'Of these, the ones from memory', stats => stats.memoryHits)
  counter('stale', 'Values answered after their ttl', stats => stats.stale)
  counter('degraded', 'Of the hits and these, answered from memory since Redis could not be asked', stats => stats.degraded)
  counter('misses', 'Keys asked for in vain', stats => stats.misses)
  counter('unreadable', 'Entries that were damaged, foreign or of another version', stats => stats.unreadable)
  counter('loads', 'Runs of a loader', stats => stats.loads)
  counter('load_errors', 'Of these, the ones that threw', stats => stats.loadErrors)
  counter('joined', 'Calls that waited for the loader of another', stats => stats.joined)
  counter('stored', 'Values that Redis acknowledged', stats => stats.stored)
  counter('not_stored', 'Values to be kept that were not', stats => stats.notStored)
  counter('too_large', 'Of these, the ones over maxEntrySize', stats => stats.tooLarge)
  metrics.gauge('cache_memory_entries', 'Entries in memory', perNamespace(stats => stats.memory.entries), ['namespace'])
  metrics.gauge('cache_memory_bytes', 'What they take, an estimate', perNamespace(stats => stats.memory.bytes), ['namespace'])
  metrics.counter('cache_redis_commands', 'Commands that the cache sent', () => redis().commands)
  metrics.counter('cache_redis_round_trips', 'Requests that the cache sent', () => redis().roundTrips)
  metrics.counter('cache_redis_errors', 'Calls of the cache that failed', () => each(redis().errors), ['kind'])
  metrics.gauge('cache_redis_kept', 'Invalidations that Redis has not acknowledged yet', () => redis().kept)
}

export function addResponseCache (metrics: Readings, responseCache: ResponseCache): void {
  const stats = () => responseCache.stats()
  const counter = (name: string, help: string, read: () => number) => metrics.counter(`response_cache_${name}`, help, read)
  counter('hits', 'Requests answered by a stored reply that was fresh', () => stats().hits)
  counter('stale', 'Requests answered by a stale one', () => stats().stale)
  counter('misses', 'Requests for which the handler ran', () => stats().misses)
  counter('collapsed', 'Requests answered by the reply to another that was under way', () => stats().collapsed)
  counter('bypassed', 'Requests passed on without a look into the cache', () => stats().bypassed)
  counter('revalidated', 'Stored replies that the handler confirmed with a 304', () => stats().revalidated)
  counter('stale_if_error', 'Errors of a handler that a stored reply stood in for', () => stats().staleIfError)
  counter('stored', 'Replies that were given to the cache to keep', () => stats().stored)
  counter('set_cookie', 'Replies that were not kept since they set a cookie', () => stats().setCookie)
  counter('too_large', 'Replies that were not kept since they are larger than maxEntrySize', () => stats().tooLarge)
  counter('incomplete', 'Replies that ended before they were whole', () => stats().incomplete)
  counter('background', 'Runs in the background', () => stats().background)
  counter('background_errors', 'Of these, the ones that made no new reply', () => stats().backgroundErrors)
  counter('invalidated', 'URIs that a request with an unsafe method invalidated', () => stats().invalidated)
}

export function addPresence (metrics: Readings, presence: Presence): void {
  const stats = () => presence.stats()
  metrics.gauge('presence_connections', 'Connections of this process that are open', () => stats().connections)
  metrics.gauge('presence_users', 'Users who have one', () => stats().users)
  metrics.gauge('presence_rooms', 'Rooms in which they are', () => stats().rooms)
  metrics.gauge('presence_watches_open', 'Watches that are open', () => stats().watches.open)
  metrics.counter('presence_watches', 'Watches that were begun', () => stats().watches.total)
  metrics.counter('presence_watches_resumed', 'Of these, the ones that went on from an earlier event', () => stats().watches.resumed)
  metrics.counter('presence_events', 'Events of watched rooms', () => each(stats().events), ['type'])
  metrics.counter('presence_signals', 'Signals', () => stats().signals)
  metrics.counter('presence_snapshots', 'Snapshots given to watches', () => stats().snapshots.total)
  metrics.counter('presence_snapshots_resent', 'Of these, the ones that stood in for events which a slow reader lost', () => stats().snapshots.resent)
  metrics.counter('presence_dropped', 'Events that slow readers lost', () => stats().dropped)
  metrics.counter('presence_redis_commands', 'Commands that presence sent', () => stats().commands)
  metrics.counter('presence_redis_round_trips', 'Requests that presence sent', () => stats().roundTrips)
}

export function addQueue (metrics: Readings, queue: Queue): void {
  const stats = () => queue.stats()
  const outbox = () => stats().outbox ?? { pending: 0, failed: 0, dropped: 0 }
  metrics.counter('queue_accepted', 'Jobs that were accepted', () => stats().accepted)
  metrics.counter('queue_deduplicated', 'Of these, the ones that the queue had already', () => stats().deduplicated)
  metrics.counter('queue_rejected', 'Jobs and schedules that were refused', () => each(stats().rejected), ['job'])
  metrics.counter('queue_refusals', 'The same by reason', () => each(stats().reasons), ['reason'])
  metrics.counter('queue_completed', 'Jobs that ran here', () => stats().completed)
  metrics.counter('queue_failed', 'Jobs that failed here', () => stats().failed)
  metrics.gauge('queue_waiting', 'Accepted jobs that wait here', () => stats().waiting)
  metrics.gauge('queue_running', 'Jobs that run here', () => stats().running)
  metrics.gauge('queue_outbox_pending', 'Refused jobs that the app has yet to take', () => outbox().pending)
  metrics.counter('queue_outbox_failed', 'Refused jobs that it failed to take', () => outbox().failed)
  metrics.counter('queue_outbox_dropped', 'Refused jobs that it was not given, since too many were pending', () => outbox().dropped)
}

export function addDatabase (metrics: Readings, database: Database): void {
  const stats = () => database.stats()
  const perQuery = (read: (stats: QueryStats) => number) => (): Reading => Object.entries(stats().queries).map(([query, stats]) => [[query], read(stats)])
  metrics.counter('database_queries', 'Queries that were sent', perQuery(stats => stats.sent), ['query'])
  metrics.counter('database_query_seconds', 'What they took where they were answered, without the wait for a connection', perQuery(stats => stats.milliseconds / 1_000), ['query'])
  metrics.counter('database_query_errors', 'Queries that PostgreSQL refused', perQuery(stats => stats.errors), ['query'])
  metrics.counter('database_unavailable', 'Queries that failed since the database could not be reached', () => stats().unavailable)
  metrics.gauge('database_connections', 'Connections that are open', () => each(stats().connections), ['use'])
  metrics.gauge('database_waiting', 'Queries that wait for a connection', () => stats().waiting)
  metrics.gauge('database_state', 'How it stands with the database: 1 for the state that is', () => oneOf(['idle', 'starting', 'connected', 'unreachable'], database.state), ['state'])
}
