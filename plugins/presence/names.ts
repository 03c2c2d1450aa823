/** The names of presence in Redis, all under one prefix. */
export class Names {
  /** Sorted set: node, end of its lease in milliseconds of Redis's clock. */
  readonly nodes: string
  /** Stream of what happened. */
  readonly events: string
  /** Sorted set: user, when he left last. */
  readonly seen: string
  /** Where events are published. */
  readonly channel: string
  readonly #prefix: string

  constructor (prefix: string) {
    this.#prefix = prefix
    this.nodes = `${prefix}n`
    this.events = `${prefix}ev`
    this.seen = `${prefix}seen`
    this.channel = `${prefix}ev`
  }

  /** Hash: user, what nodes say of him. */
  room (room: string): string {
    return `${this.#prefix}r:${room}`
  }

  /** Sorted set: `:` and a room for each in which a node has users; `@` while it stands, and `#`, the number of its last batch. */
  roomsOf (node: string): string {
    return `${this.#prefix}nr:${node}`
  }
}
