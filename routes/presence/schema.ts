import { Type } from 'typebox'
import type { CustomStatus } from '../../plugins/presence/index.ts'

/** What others may be shown in text: no control characters, no half of a character. */
const printable = '^[^\\p{Cc}\\p{Cs}]+$'

const Time = Type.Number({ description: 'Milliseconds since 1970' })
const Source = Type.Enum(['redis', 'local'], { description: 'local: as far as this process knows' })

/** More characters than a room has bytes; the bytes are counted in `checkRoom`. */
export const RoomParams = Type.Object({ room: Type.String({ maxLength: 128 }) })

export const Status = Type.Enum(['online', 'away', 'busy', 'invisible'])

export const StreamQuery = Type.Object({
  status: Type.Optional(Status),
  lastEventId: Type.Optional(Type.String({ maxLength: 256, description: 'For who cannot set Last-Event-ID, which counts first' }))
})

export const CustomStatusBody = Type.Object({
  text: Type.String({ maxLength: 64, pattern: printable }),
  emoji: Type.Optional(Type.String({ maxLength: 16, pattern: printable })),
  expiresInSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 7 * 24 * 60 * 60 }))
})

export const StatusBody = Type.Object({
  status: Type.Optional(Status),
  customStatus: Type.Optional(Type.Union([Type.Null(), CustomStatusBody], { description: 'null: none' }))
}, { minProperties: 1 })

export const BulkQuery = Type.Object({
  ids: Type.String({ minLength: 1, maxLength: 8192, description: 'Up to 200, with commas between them: more would not fit in a URL' }),
  room: Type.Optional(Type.String({ maxLength: 128 }))
})

const Shown = Type.Unsafe<CustomStatus>(Type.Object({ text: Type.String(), emoji: Type.Optional(Type.String()), expiresAt: Type.Optional(Time) }))

export const MemberList = Type.Object({
  members: Type.Array(Type.Object({
    userId: Type.String(),
    state: Type.Enum(['online', 'away', 'busy']),
    since: Time,
    connections: Type.Integer(),
    meta: Type.Optional(Type.Unknown()),
    customStatus: Type.Optional(Shown)
  })),
  total: Type.Integer(),
  complete: Type.Boolean({ description: 'Whether these are surely all' }),
  asOf: Time,
  source: Source
})

/** A list, since an object could not have a user called `__proto__`. */
export const Users = Type.Object({
  users: Type.Array(Type.Object({
    userId: Type.String(),
    state: Type.Enum(['online', 'away', 'busy', 'offline', 'unknown']),
    customStatus: Type.Optional(Shown),
    connections: Type.Optional(Type.Integer()),
    lastSeen: Type.Optional(Time),
    asOf: Time
  }))
})

export const Events = Type.String({ description: 'Each message is a PresenceEvent in JSON' })
