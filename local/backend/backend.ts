import type { Command, ErrorReply, Reply } from './reply.ts'

/** An open SUBSCRIBE, PSUBSCRIBE or MONITOR. */
export interface BackendStream { close (): void }

export interface StreamListener {
  onReply (reply: Reply): void
  /** The backend went away; not called after `close()`. */
  onEnd (): void
}

/** The Redis that executes what the endpoint receives. Every method counts with the meter before it resolves. */
export interface Backend {
  /** Executes in order; other clients may come in between. Errors are replies. */
  pipeline (commands: readonly Command[]): Promise<Reply[]>
  /** Executes all or, when one cannot be queued, none: then the one error reply. */
  transaction (commands: readonly Command[]): Promise<Reply[] | ErrorReply>
  /** Opens a connection of its own for a streaming command; resolves with the first reply, be it an error. */
  stream (command: Command, listener: StreamListener): Promise<BackendStream>
  /** Empties the database and the script cache, the embedded one of its functions too; not counted. Rejects when that fails. */
  flush (): Promise<void>
  close (): Promise<void>
}
