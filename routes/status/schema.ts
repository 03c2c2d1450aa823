import { Type } from 'typebox'

const Null = Type.Null()
const Count = Type.Integer({ minimum: 0 })
const Counts = Type.Record(Type.String(), Count)
const Reason = Type.Optional(Type.String({ description: 'Why it does not serve with Redis' }))

/** How it stands with Redis; `disabled` where none is configured. */
export const UpstashState = Type.Enum(['disabled', 'unknown', 'connected', 'unreachable', 'unauthorized', 'over-quota'])

export const UpstashClientStatus = Type.Object({
  serves: Type.Enum(['upstash', 'null'], { description: 'null: without Redis, since it is not configured or cannot be used as configured' }),
  reason: Reason,
  state: UpstashState,
  stats: Type.Optional(Type.Object({
    roundTrips: Count,
    commands: Count,
    billedCommands: Count,
    errors: Counts,
    bytes: Type.Object({ sent: Count, received: Count }),
    latency: Type.Object({ p50: Type.Union([Type.Number(), Null]), p99: Type.Union([Type.Number(), Null]) }, { description: 'Milliseconds' }),
    breaker: Type.Enum(['closed', 'open', 'probing']),
    subscriptions: Type.Object({ open: Count, total: Count, gaps: Count })
  }))
})

const namespaceStats = {
  hits: Count,
  memoryHits: Count,
  stale: Count,
  degraded: Count,
  misses: Count,
  unreadable: Count,
  loads: Count,
  loadErrors: Count,
  joined: Count,
  stored: Count,
  notStored: Count,
  tooLarge: Count,
  memory: Type.Object({ entries: Count, bytes: Count })
}

const CacheStatus = Type.Object({
  serves: Type.Enum(['upstash', 'null'], { description: 'null: it keeps nothing' }),
  stats: Type.Object({
    ...namespaceStats,
    redis: Type.Object({ commands: Count, roundTrips: Count, errors: Counts, kept: Count }),
    namespaces: Type.Record(Type.String(), Type.Object(namespaceStats), { description: 'Without a name: what is in no namespace' })
  })
})

const DatabaseStatus = Type.Object({
  state: Type.Enum(['idle', 'starting', 'connected', 'unreachable'], { description: 'idle: nothing was asked yet' }),
  stats: Type.Object({
    queries: Type.Record(Type.String(), Type.Object({
      sent: Count,
      milliseconds: Type.Number({ description: 'In all, where it was answered' }),
      errors: Count,
      cache: Type.Union([Type.String(), Null], { description: 'The namespace of the cache that spares it' })
    })),
    unavailable: Count,
    connections: Type.Object({ busy: Count, idle: Count }),
    waiting: Count
  })
})

const ResponseCacheStatus = Type.Object({
  serves: Type.Enum(['cache', 'null'], { description: 'null: every request is passed on, since the cache keeps nothing' }),
  stats: Type.Object({
    hits: Count,
    stale: Count,
    misses: Count,
    collapsed: Count,
    bypassed: Count,
    revalidated: Count,
    staleIfError: Count,
    stored: Count,
    setCookie: Count,
    tooLarge: Count,
    incomplete: Count,
    background: Count,
    backgroundErrors: Count,
    invalidated: Count
  })
})

const PresenceStatus = Type.Object({
  serves: Type.Enum(['upstash', 'local'], { description: 'local: it knows the connections of this process alone' }),
  stats: Type.Object({
    connections: Count,
    users: Count,
    rooms: Count,
    watches: Type.Object({ open: Count, total: Count, resumed: Count }),
    events: Type.Object({ join: Count, leave: Count, update: Count }),
    signals: Count,
    snapshots: Type.Object({ total: Count, resent: Count }),
    dropped: Count,
    commands: Count,
    roundTrips: Count
  })
})

const QueueStatus = Type.Object({
  serves: Type.String({ description: 'The driver; none where nothing takes jobs' }),
  reason: Reason,
  stats: Type.Object({
    accepted: Count,
    deduplicated: Count,
    rejected: Counts,
    reasons: Counts,
    completed: Count,
    failed: Count,
    running: Count,
    waiting: Count,
    outbox: Type.Optional(Type.Object({ pending: Count, failed: Count, dropped: Count }))
  })
})

export const Status = Type.Object({
  plugins: Type.Object({ 'upstash-client': UpstashClientStatus, cache: CacheStatus, 'response-cache': ResponseCacheStatus, presence: PresenceStatus, 'queue-stub': QueueStatus }),
  database: DatabaseStatus
})
