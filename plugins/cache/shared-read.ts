import { setImmediate } from 'node:timers/promises'

/** Texts in the order of the keys; null where there is none. Does not reject. */
export type Ask = (keys: readonly string[]) => Promise<Array<string | null>>

interface Batch {
  /** Each key once, with its place. */
  readonly places: Map<string, number>
  readonly texts: Promise<Array<string | null>>
}

/** Joins what is read within one turn of the event loop, by whichever requests, into one call. */
export class SharedRead {
  readonly #ask: Ask
  #batch: Batch | undefined

  constructor (ask: Ask) {
    this.#ask = ask
  }

  async read (keys: readonly string[]): Promise<Array<string | null>> {
    if (keys.length === 0) return []
    const { places, texts } = this.#batch ??= this.#open()
    const mine = keys.map(key => place(places, key))
    const all = await texts
    return mine.map(index => all[index] ?? null)
  }

  #open (): Batch {
    const places = new Map<string, number>()
    const texts = setImmediate().then(() => {
      this.#batch = undefined
      return this.#ask([...places.keys()])
    })
    return { places, texts }
  }
}

function place (places: Map<string, number>, key: string): number {
  const known = places.get(key) ?? places.size
  places.set(key, known)
  return known
}
