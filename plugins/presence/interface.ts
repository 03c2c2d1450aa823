/** How a connection wants its user to be seen; nobody sees an invisible one. */
export type PresenceStatus = 'online' | 'away' | 'busy' | 'invisible'

/**
 * What is known of a user: `busy` beats `online` beats `away` over the user's connections. `offline` is only said where it is
 * known of all processes; where it is not, who is not connected here is `unknown`.
 */
export type UserState = 'online' | 'away' | 'busy' | 'offline' | 'unknown'

/** Whom an answer speaks for: all processes on this Redis, or this process alone. */
export type PresenceSource = 'redis' | 'local'

/** Plain JSON, as `JSON.parse` would give it, of at most 1,024 bytes when serialised; -0 is taken for 0. */
export type Meta = string | number | boolean | null | readonly Meta[] | { readonly [name: string]: Meta }

/** What a user says of himself, until `expiresAt` where it is given. */
export interface CustomStatus {
  /** 1 to 256 bytes. */
  readonly text: string
  /** 1 to 64 bytes: an emoji, or the app's name for one. */
  readonly emoji?: string | undefined
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | undefined
}

/** One tab, socket or device that this process holds. User id and room are any text of 1 to 128 bytes. */
export interface NewConnection {
  readonly userId: string
  /** Where the user is seen. Without one, or with `*`, he is seen in `*` alone: the room of everybody. */
  readonly room?: string | undefined
  /** Default `online`. */
  readonly status?: PresenceStatus | undefined
  /** Shown beside the user: a name, a colour, a cursor. Copied. */
  readonly meta?: Meta | undefined
  /**
   * Closes the connection when it aborts. One that has aborted already makes a connection that is closed, and that nobody sees: of
   * a client that went away while the route still waited for something.
   */
  readonly signal?: AbortSignal | undefined
}

/** What is left out stays as it is; `meta: null` takes it away. */
export interface ConnectionUpdate {
  readonly status?: PresenceStatus | undefined
  readonly meta?: Meta | undefined
}

/** Its methods may be passed on by themselves: `socket.on('close', connection.close)`. */
export interface Connection {
  /** Unique among all connections of all processes. */
  readonly id: string
  /**
   * Changes how the user is seen by this connection. To `invisible` is a leave for others, at once; from it is a join. Does
   * nothing once the connection is closed.
   * @throws `FST_PRESENCE_INVALID_ARGUMENT`, `_STATUS`, `_META`
   */
  update (changes: ConnectionUpdate): void
  /**
   * The user leaves after the grace, unless another connection of his is there or comes; at once where he has an invisible one
   * open. Closing twice does no harm.
   */
  close (): void
}

/** A user in a room. Deeply frozen, as all that presence answers; only the map of `getMany` is the caller's own. */
export interface Member {
  readonly userId: string
  readonly state: Exclude<UserState, 'offline' | 'unknown'>
  /** When the user came into the room, in milliseconds since the epoch. */
  readonly since: number
  /** Open connections that can be seen, 0 during the grace. No event tells of a change in this number alone. */
  readonly connections: number
  /** Of the connection that was opened, or became visible, last. */
  readonly meta?: Meta
  readonly customStatus?: CustomStatus
}

export interface MemberCount {
  /** How many users are in the room, as far as `source` knows. */
  readonly total: number
  /** When this was so, in milliseconds since the epoch. */
  readonly asOf: number
  readonly source: PresenceSource
}

export interface MemberList extends MemberCount {
  /** In the order of their coming, at most `maxMembers`; `total` counts those beyond as well. */
  readonly members: readonly Member[]
  /** Whether these are surely all: never so where `source` is `local`, or where `members` was cut. */
  readonly complete: boolean
}

export interface UserPresence {
  readonly state: UserState
  readonly customStatus?: CustomStatus
  /** Open connections that can be seen; only where the user is known to be there. */
  readonly connections?: number
  /** When the user was last there, in milliseconds since the epoch; only where it is known and he is not there now. */
  readonly lastSeen?: number
  /** When this was so, in milliseconds since the epoch. */
  readonly asOf: number
}

interface EventBase {
  /** Give the last one that you saw in this room as `lastEventId` to go on from there. Opaque. */
  readonly id: string
  readonly room: string
  /** When it happened, in milliseconds since the epoch. */
  readonly asOf: number
}

/** Replaces all that was known of the room: the first event, and again where events were lost. */
export interface SnapshotEvent extends EventBase, MemberList { readonly type: 'snapshot' }
/** A user came into the room, or what is shown of him changed: state, meta or custom status. */
export interface MemberEvent extends EventBase { readonly type: 'join' | 'update', readonly member: Member }
/** A user left the room. */
export interface LeaveEvent extends EventBase { readonly type: 'leave', readonly userId: string }
/** What a user does just now, such as typing. Who watches at this moment is told; it is kept nowhere, and who goes on from its id misses nothing else. */
export interface SignalEvent extends EventBase { readonly type: 'signal', readonly userId: string, readonly name: string }
/** Between two snapshots, join and leave of one user alternate. */
export type PresenceEvent = SnapshotEvent | MemberEvent | LeaveEvent | SignalEvent

export interface WatchOptions {
  /** Ends the watch: a request that was closed, as a rule. */
  readonly signal: AbortSignal
  /**
   * The `id` of the last event seen in this room. What was missed comes first, or a snapshot where that is not known any more, or
   * the id is of another room. Any text will do.
   */
  readonly lastEventId?: string | undefined
}

/** Of this process, invisible connections included; events and what follows them counted since the start, through Redis in rooms that are watched here. */
export interface PresenceStats {
  /** Open connections. */
  readonly connections: number
  /** Users with a connection, those in their grace included. */
  readonly users: number
  /** Rooms with a member, `*` included. */
  readonly rooms: number
  readonly watches: { readonly open: number, readonly total: number, readonly resumed: number }
  readonly events: { readonly join: number, readonly leave: number, readonly update: number }
  /** Signals; through Redis, those of rooms that are watched here. */
  readonly signals: number
  /** `resent`: those that stood in for events which a slow reader lost; `total` has the first ones as well. */
  readonly snapshots: { readonly total: number, readonly resent: number }
  /** Events that slow readers lost, each reader counted. */
  readonly dropped: number
  /** Redis commands and HTTP requests that presence caused. */
  readonly commands: number
  readonly roundTrips: number
}

/**
 * Who is online, in which room, since when. No call fails because of Redis; what cannot be known is said to be unknown. A caller's
 * mistake is an error with a code `FST_PRESENCE_INVALID_*`, at once, and its message repeats nothing that was given.
 */
export interface Presence {
  /** Whether other processes' connections are known as well. */
  readonly enabled: boolean
  /**
   * Makes a user present until the connection is closed. Synchronous; nobody waits for Redis.
   * @throws `FST_PRESENCE_INVALID_USER_ID`, `_ROOM`, `_STATUS`, `_META`, `_ARGUMENT`; `FST_PRESENCE_CLOSED` once the app is closed
   */
  connect (connection: NewConnection): Connection
  /** Who is in a room; without one, who is there at all. Rejects with `FST_PRESENCE_INVALID_ROOM`. */
  list (room?: string): Promise<MemberList>
  /** How many `list` would find. Rejects with `FST_PRESENCE_INVALID_ROOM`. */
  count (room?: string): Promise<MemberCount>
  /** What is known of one user, in a room or anywhere. Rejects with `FST_PRESENCE_INVALID_USER_ID`, `_ROOM`. */
  get (userId: string, room?: string): Promise<UserPresence>
  /** The same of many users; one entry an id, in the order given. Rejects with `FST_PRESENCE_INVALID_USER_ID`, `_ROOM`. */
  getMany (userIds: readonly string[], room?: string): Promise<Map<string, UserPresence>>
  /**
   * Sets or, with null, removes a user's custom status, which lasts for as long as the user is there. Resolves to whether it was
   * kept, which tells whether he is connected, invisibly too: an answer for the user himself. Rejects with
   * `FST_PRESENCE_INVALID_USER_ID`, `_CUSTOM_STATUS`.
   */
  setCustomStatus (userId: string, status: CustomStatus | null): Promise<boolean>
  /**
   * Tells those who watch a room what a user does just now: `signal('lobby', 'ada', 'typing')`. Never stored, never repeated, and
   * counted as no presence. Resolves to whether it went out. Name: any text of 1 to 64 bytes. Rejects with
   * `FST_PRESENCE_INVALID_USER_ID`, `_ROOM`, `_SIGNAL`.
   */
  signal (room: string, userId: string, name: string): Promise<boolean>
  /**
   * A snapshot of a room, then its events. Each iteration begins with its first `next()` and misses nothing from then on. It
   * ends when the signal aborts, when the loop is left and when the app closes; what was not read yet is then dropped. Whoever
   * reads too slowly gets a snapshot in place of what he missed.
   * @throws `FST_PRESENCE_INVALID_ROOM`, `_WATCH`, `_ARGUMENT`
   */
  watch (room: string, options: WatchOptions): AsyncIterable<PresenceEvent>
  stats (): PresenceStats
}
