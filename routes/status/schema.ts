import { Type } from 'typebox'

const Null = Type.Null()
const Count = Type.Integer({ minimum: 0 })
const Counts = Type.Record(Type.String(), Count)

/** How it stands with Redis; `disabled` where none is configured. */
export const UpstashState = Type.Enum(['disabled', 'unknown', 'connected', 'unreachable', 'unauthorized', 'over-quota'])

export const UpstashClientStatus = Type.Object({
  serves: Type.Enum(['upstash', 'null'], { description: 'null: without Redis, since it is not configured or cannot be used as configured' }),
  reason: Type.Optional(Type.String({ description: 'Why it serves without Redis' })),
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

export const Status = Type.Object({
  plugins: Type.Object({ 'upstash-client': UpstashClientStatus })
})
