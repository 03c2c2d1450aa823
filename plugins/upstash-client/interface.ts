import type { Redis } from '@upstash/redis'
import type { CommandError, ErrorKind } from './errors.ts'

/** A Redis command: its name, then its arguments. Numbers must be finite, strings well-formed Unicode. */
export type Command = readonly [name: string, ...args: CommandArgument[]]
export type CommandArgument = string | number

/** What Redis answered, exactly: strings stay strings. Bytes that are no UTF-8 are not preserved. */
export type Reply = string | number | null | Reply[]

/** One command's outcome in a batch. */
export type Result<T = Reply> =
  | { readonly ok: true, readonly value: T }
  | { readonly ok: false, readonly error: CommandError }

export interface CallOptions {
  /** Milliseconds for the whole call; default the plugin's `timeLimit`. */
  timeLimit?: number | undefined
  /** The call may be applied twice without harm, so it is sent again when the connection fails. Default: only read-only commands. */
  idempotent?: boolean | undefined
}

export interface RunOptions extends CallOptions {
  /** How many `redis.call`s this run makes, which only the script's author knows: counted in `stats().billedCommands`. */
  innerCalls?: number | undefined
}

export interface Script {
  /** SHA-1 of the source, as Redis names the script. */
  readonly sha1: string
  /**
   * Runs the script by its digest, and with its source where Redis does not know it yet. Name every key that it touches in
   * `keys`.
   */
  run<T = Reply> (keys: readonly string[], args: readonly CommandArgument[], options?: RunOptions): Promise<T>
}

export interface SubscribeOptions {
  /** Ends the subscription. */
  signal?: AbortSignal | undefined
  /** Called when the stream is open after a loss, or after tries in vain: messages may have been missed, read again what you follow. */
  onGap?: ((gap: Gap) => unknown) | undefined
}

/** A time in which messages may have been missed. */
export interface Gap {
  /** Milliseconds between the loss of the stream, as far as it was noticed, and its return. */
  readonly duration: number
}

export interface Subscription {
  readonly state: 'opening' | 'open' | 'waiting' | 'closed'
  /** Settles when Redis first confirmed the subscription, or when it was closed before that. */
  readonly opened: Promise<void>
  /** Ends the subscription; no message is delivered from then on. */
  close (): void
}

/**
 * - `unknown`: nothing was asked yet
 * - `connected`: it answers; single failures are in `stats().errors`
 * - `unreachable`: refused, timed out, broken, or not Upstash
 * - `unauthorized`: the token was refused
 * - `over-quota`: the quota is used up, or rate limited
 */
export type ClientState = 'unknown' | 'connected' | 'unreachable' | 'unauthorized' | 'over-quota'

/** Counted since the client was made. */
export interface ClientStats {
  /** HTTP requests sent, probes and retries included. */
  readonly roundTrips: number
  /** Commands in them. */
  readonly commands: number
  /** What Upstash bills for them: every command, and the inner calls that scripts declare. An upper bound where replies were lost. */
  readonly billedCommands: number
  /** By the error's code without its prefix, in lower case. */
  readonly errors: Readonly<Record<ErrorKind, number>>
  /** Bytes of bodies. */
  readonly bytes: { readonly sent: number, readonly received: number }
  /** Milliseconds from call to answer, of calls that were answered; null before the first one. */
  readonly latency: { readonly p50: number | null, readonly p99: number | null }
  readonly breaker: BreakerState
  readonly subscriptions: { readonly open: number, readonly total: number, readonly gaps: number }
}

export type BreakerState = 'closed' | 'open' | 'probing'

/** A client of one Upstash database over HTTP. Constructing it does no network. */
export interface UpstashClient {
  /**
   * The SDK's typed client on this client's transport, for the app's own commands. It guesses types: a stored `"1"` is read as
   * the number 1 (see docs/upstash-client.md).
   */
  readonly redis: Redis
  readonly state: ClientState
  /** Milliseconds that a call takes at most, unless it says otherwise. */
  readonly timeLimit: number
  /** Sends one command. Rejects with an `UpstashError`. */
  send<T = Reply> (command: Command, options?: CallOptions): Promise<T>
  /**
   * Sends commands in one round trip, in order, not atomically; each has its own outcome. Rejects with an `UpstashError`
   * where the request as a whole failed.
   */
  batch (commands: readonly Command[], options?: CallOptions): Promise<Result[]>
  script (source: string): Script
  /** Whether Redis answers now, within the time limit. Never throws. */
  ping (): Promise<boolean>
  /**
   * Receives what is published on a channel from the moment it is open. Lost streams are opened again with back-off, and
   * `onGap` tells. A handler that throws or rejects is logged by the name of its error. Publish text without line breaks (JSON): the wire ends a message at the first one.
   */
  subscribe (channel: string, onMessage: (message: string) => unknown, options?: SubscribeOptions): Subscription
  stats (): ClientStats
  /** Refuses new calls, lets those in flight end within half a second, then cuts off what is left. */
  close (): Promise<void>
}
