import type { Command, Result } from '../upstash-client/index.ts'
import { freshStamp, type Stamps } from './stamps.ts'
import type { NewStamp, StampRequest } from './store.ts'

/** Sends commands in one request, in their order; undefined where it failed as a whole. */
export type Send = (commands: readonly Command[]) => Promise<Result[] | undefined>

type Made = Promise<Stamps | undefined>

/** Makes stamps. Commands that do are never sent again: a late repetition would undo an invalidation. */
export class Stamping {
  readonly #send: Send
  /** By name, what this process is making: a burst of loads needs the same epochs. */
  readonly #making = new Map<string, Made>()

  constructor (send: Send) {
    this.#send = send
  }

  async stamp ({ create = [], renew = [], read = [] }: StampRequest): Made {
    const others = create.flatMap(({ name }) => {
      const making = this.#making.get(name)
      return making === undefined ? [] : [{ name, making }]
    })
    const mine = create.filter(({ name }) => !this.#making.has(name))
    const made = this.#make(mine, renew, read)
    for (const { name } of mine) this.#making.set(name, made)
    const stamps = await made
    for (const { name } of mine) this.#making.delete(name)
    if (stamps === undefined) return undefined
    const all = new Map(stamps)
    for (const { name, making } of others) {
      // A stamp that was made and removed since matches nothing; to wait for it is safe.
      const stamp = (await making)?.get(name)
      if (typeof stamp !== 'string') return undefined
      all.set(name, stamp)
    }
    return all
  }

  async #make (create: readonly NewStamp[], renew: readonly NewStamp[], read: readonly string[]): Made {
    const fresh = [...create, ...renew].map(({ name, life }, index) => {
      const stamp = freshStamp()
      const px = life === undefined ? [] : ['PX', life] as const
      // Of two who create a stamp, the second learns the first one's.
      const command: Command = index < create.length ? ['SET', name, stamp, 'NX', 'GET', ...px] : ['SET', name, stamp, ...px]
      return { name, stamp, command, kept: index < create.length }
    })
    const reads: Command[] = read.length === 0 ? [] : [['MGET', ...read]]
    if (fresh.length + reads.length === 0) return new Map()
    const results = await this.#send([...fresh.map(({ command }) => command), ...reads])
    if (results === undefined || !results.every(isOk)) return undefined
    const replies = results.map(({ value }) => value)
    const texts = read.length === 0 ? [] : replies.pop()
    if (!isTexts(texts, read)) return undefined
    const made = fresh.map(({ name, stamp, kept }, index): [string, string | null] => {
      const before = replies[index]
      return [name, kept && typeof before === 'string' ? before : stamp]
    })
    return new Map([...made, ...read.map((name, index): [string, string | null] => [name, texts[index] ?? null])])
  }
}

function isOk (result: Result): result is Extract<Result, { ok: true }> {
  return result.ok
}

/** What MGET may answer. Anything else would give some name another one's text. */
export function isTexts (reply: unknown, names: readonly string[]): reply is Array<string | null> {
  return Array.isArray(reply) && reply.length === names.length
}
