import { setImmediate } from 'node:timers/promises'

/** Null where there is none; undefined where Redis did not tell. */
export type Text = string | null | undefined

/** Texts in the order of the keys. Does not reject. */
export type Ask = (keys: readonly string[]) => Promise<Text[]>

/** What one command asks for. */
interface Batch {
  /** Each key once, with its place. */
  readonly places: Map<string, number>
  readonly texts: Promise<Text[]>
}

/** Joins what is read within one turn of the event loop, by whichever requests, into few calls. */
export class SharedRead {
  readonly #ask: Ask
  readonly #maxKeys: number
  /** Of this turn; the last one has room. */
  #batches: Batch[] = []

  constructor (ask: Ask, maxKeys: number) {
    this.#ask = ask
    this.#maxKeys = maxKeys
  }

  async read (keys: readonly string[]): Promise<Text[]> {
    const places = keys.map(key => this.#place(key))
    const texts = new Map<Batch, Text[]>()
    for (const { batch } of places) if (!texts.has(batch)) texts.set(batch, await batch.texts)
    return places.map(({ batch, index }) => texts.get(batch)?.[index])
  }

  #place (key: string): { batch: Batch, index: number } {
    for (const batch of this.#batches) {
      const index = batch.places.get(key)
      if (index !== undefined) return { batch, index }
    }
    const last = this.#batches.at(-1)
    const batch = last !== undefined && last.places.size < this.#maxKeys ? last : this.#open()
    batch.places.set(key, batch.places.size)
    return { batch, index: batch.places.size - 1 }
  }

  #open (): Batch {
    const places = new Map<string, number>()
    const texts = setImmediate().then(async () => {
      this.#batches = []
      return await this.#ask([...places.keys()])
    })
    const batch = { places, texts }
    this.#batches.push(batch)
    return batch
  }
}
