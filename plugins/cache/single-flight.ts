/** Work under way by name, so that those who want the same thing at once have it done once. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>()

  get (name: string): Promise<T> | undefined {
    return this.#flights.get(name)
  }

  /** Begins work, which can ask whether it is `current` still: not ended, and not forgotten. */
  begin (name: string, work: (current: () => boolean) => Promise<T>): Promise<T> {
    const current = () => this.#flights.get(name) === flight
    const flight = work(current)
    this.#flights.set(name, flight)
    const end = () => { if (current()) this.#flights.delete(name) }
    flight.then(end, end)
    return flight
  }

  /** From now on nobody joins what is under way. */
  forget (name: string): void {
    this.#flights.delete(name)
  }
}
