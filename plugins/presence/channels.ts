import { channel } from 'node:diagnostics_channel'

/** On `fastify-upstash:presence:connect`: a connection was opened in this process, an invisible one too. */
export interface PresenceConnectMessage {
  readonly userId: string
  /** The rooms that it is in, among them `*`, which is being there at all, unless `everywhere` is false. */
  readonly rooms: readonly string[]
}

/** On `fastify-upstash:presence:leave`: the last visible connection that a user had in a room of this process is gone, and its grace is over. */
export interface PresenceLeaveMessage {
  readonly userId: string
  readonly room: string
}

// Held here: Node forgets a channel that nobody holds, and its subscribers with it.
export const connects = channel('fastify-upstash:presence:connect')
export const leaves = channel('fastify-upstash:presence:leave')
