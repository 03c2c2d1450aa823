import type { Connection, PresenceStatus } from '../../plugins/presence/index.ts'

/** A stream that this process serves: one tab of a user in a room. */
export interface OpenStream {
  readonly userId: string
  readonly room: string
  readonly connection: Connection
  status: PresenceStatus
  readonly end: () => void
}

/** The streams of this process by user: what `POST …/status` changes, and what has to end before the server can close. */
export class OpenStreams {
  readonly #byUser = new Map<string, Set<OpenStream>>()

  add (stream: OpenStream): void {
    const streams = this.#byUser.get(stream.userId) ?? new Set()
    this.#byUser.set(stream.userId, streams.add(stream))
  }

  delete (stream: OpenStream): void {
    const streams = this.#byUser.get(stream.userId)
    if (streams?.delete(stream) === true && streams.size === 0) this.#byUser.delete(stream.userId)
  }

  count (userId: string): number {
    return this.#byUser.get(userId)?.size ?? 0
  }

  find (userId: string, room: string): OpenStream[] {
    return [...this.#byUser.get(userId) ?? []].filter(stream => stream.room === room)
  }

  endAll (): void {
    for (const streams of [...this.#byUser.values()]) for (const stream of [...streams]) stream.end()
  }
}
