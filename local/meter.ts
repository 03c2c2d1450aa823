/** What the endpoint was asked, and what Upstash would have billed for it. */
export interface LocalStats {
  /** HTTP requests received on the data port, refused ones included. */
  roundTrips: number
  /** Commands that clients sent and that were executed; each one of a pipeline or transaction counts. */
  commands: number
  /**
   * Commands as billed: `commands` plus the calls that scripts made. Upstash bills per command, also within a
   * pipeline or transaction; that a script costs one plus its inner calls follows the cost tables of
   * their rate-limit SDK's documentation.
   */
  billedCommands: number
  /** Billed commands by lower-case name; the values add up to `billedCommands`. */
  byCommand: Record<string, number>
  sockets: { open: number, peak: number }
}

/** Counts commands. Backends call it before a reply leaves, so that its figures are exact at any time. */
export class Meter {
  #roundTrips = 0
  #commands = 0
  #billed = 0
  #byCommand = new Map<string, number>()
  #open = 0
  #peak = 0

  roundTrip (): void {
    this.#roundTrips++
  }

  /** A command that a client sent. */
  command (name: string): void {
    this.#commands++
    this.#bill(name, 1)
  }

  /** Calls that a script made. */
  innerCalls (name: string, count: number): void {
    this.#bill(name, count)
  }

  socketOpened (): void {
    this.#peak = Math.max(this.#peak, ++this.#open)
  }

  socketClosed (): void {
    this.#open--
  }

  read (): LocalStats {
    return {
      roundTrips: this.#roundTrips,
      commands: this.#commands,
      billedCommands: this.#billed,
      byCommand: Object.fromEntries(this.#byCommand),
      sockets: { open: this.#open, peak: this.#peak }
    }
  }

  /** Begins anew; sockets that are open stay counted. */
  reset (): void {
    this.#roundTrips = this.#commands = this.#billed = 0
    this.#byCommand.clear()
    this.#peak = this.#open
  }

  #bill (name: string, count: number): void {
    this.#billed += count
    this.#byCommand.set(name, (this.#byCommand.get(name) ?? 0) + count)
  }
}
