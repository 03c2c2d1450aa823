/** Which requests a fault strikes. Without any of these: every one, until the fault is lifted. */
export interface Aim {
  /** Chance that a matching request is struck, from 0 to 1. Default 1. */
  probability?: number
  /** Strike only requests with this command, alone or within a pipeline or transaction; upper or lower case. */
  command?: string
  /** Strike so many requests, then the fault is spent. Default: no end. */
  times?: number
}

/**
 * Something that goes wrong between a client and its Redis. All `ms` are milliseconds.
 *
 * Where several faults match a request, the delays add up and the first of the others strikes. A stream being
 * opened meets those that come instead of an answer; drop-reply, late, duplicate and truncate pass it by.
 */
export type Fault =
  /** The port is closed and its sockets are destroyed, until the fault is lifted. Cannot be aimed. */
  | { kind: 'refuse' }
  /** The connection is reset (TCP RST); nothing is executed. */
  | ({ kind: 'reset' } & Aim)
  /** Executed `ms` later, plus a random part of `jitter`. */
  | ({ kind: 'delay', ms: number, jitter?: number } & Aim)
  /** Executed, then the connection closes without a reply. */
  | ({ kind: 'drop-reply' } & Aim)
  /** The connection closes without a reply; executed `ms` after that (default 0). */
  | ({ kind: 'late', ms?: number } & Aim)
  /** Executed and answered; executed again `ms` later (default 0). */
  | ({ kind: 'duplicate', ms?: number } & Aim)
  /** Answered with this HTTP status, not executed. `retryAfter`, in seconds, becomes the Retry-After header. */
  | ({ kind: 'status', status: number, retryAfter?: number } & Aim)
  /** A proxy's 502 error page instead of JSON; not executed. */
  | ({ kind: 'html' } & Aim)
  /** Executed; the reply is a complete HTTP message whose JSON ends in the middle. */
  | ({ kind: 'truncate' } & Aim)
  /** A 200 with JSON that has neither result nor error; not executed. */
  | ({ kind: 'wrong-shape' } & Aim)
  /** Headers, and then nothing, with the connection open; not executed. */
  | ({ kind: 'stall' } & Aim)
  /** Streams that are open end at once and new ones after their first line, as if nothing had happened. */
  | ({ kind: 'end-streams' } & Aim)
  /** The error of a database over its request limit: the daily one, or by `period` the monthly one. */
  | ({ kind: 'quota', period?: 'day' | 'month' } & Aim)

export type FaultKind = Fault['kind']
