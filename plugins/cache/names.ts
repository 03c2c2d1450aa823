import { createHash } from 'node:crypto'
import type { Recorded } from './entry.ts'

/** Bytes up to which a name is kept as it is, for people who look into the database. */
export const MAX_READABLE = 200

/** What a call is about. */
export interface Target {
  /** In its canonical form, as are the tags. */
  readonly key: string
  readonly tags: readonly string[]
}

/** The keys in Redis that a namespace of a cache uses; docs/tags-and-stamps.md tells what for. */
export class Names {
  /** The stamps of all entries, and of the namespace's. */
  readonly epochs: readonly [all: string, namespace: string]
  /** The stamp that every invalidation of tags removes. */
  readonly invalidations: string
  readonly #prefix: string
  readonly #namespace: string
  readonly #fencePrefix: string
  readonly #fenced: boolean

  /** `fenced`: whether each key has a stamp of its own. */
  constructor (prefix: string, namespace: string, fenced: boolean) {
    this.#prefix = prefix
    this.#namespace = namespace
    this.#fencePrefix = `${prefix}f:${namespace}:`
    this.#fenced = fenced
    this.epochs = [`${prefix}e`, `${prefix}e:${namespace}`]
    this.invalidations = `${prefix}i`
  }

  entry (key: string): string {
    return `${this.#prefix}v:${this.#namespace}:${key}`
  }

  /** The key's own stamp; none where the namespace has no fences. */
  fences (key: string): string[] {
    return this.#fenced ? [`${this.#fencePrefix}${key}`] : []
  }

  isFence (name: string): boolean {
    return name.startsWith(this.#fencePrefix)
  }

  /** The stamps that other keys stand under as well. */
  shared (tags: readonly string[]): string[] {
    return [...this.epochs, ...tags.map(tag => this.tag(tag))]
  }

  /** Of one load: who has it, loads what nobody has invalidated since these stamps stood. */
  lock (key: string, stamps: readonly string[]): string {
    return `${this.#prefix}l:${this.#namespace}:${hashed(JSON.stringify([key, ...stamps]))}`
  }

  /** The stamps that an entry of this kind stands under. */
  stamps ({ key, tags }: Target): string[] {
    return [...this.shared(tags), ...this.fences(key)]
  }

  /** What `delete` removes, and what `set` makes void. */
  own (key: string): string[] {
    return [this.entry(key), ...this.fences(key)]
  }

  /** The entry and its stamps. */
  all ({ key, tags }: Target): string[] {
    return [...this.own(key), ...this.shared(tags)]
  }

  /** With the names that they have, the stamps that an entry recorded. */
  recorded (key: string, { epochs, fence, tags }: Recorded): Array<[name: string, stamp: string]> {
    return [
      [this.epochs[0], epochs[0]],
      [this.epochs[1], epochs[1]],
      ...this.fences(key).map((name): [string, string] => [name, fence]),
      ...Array.from(tags, ([tag, stamp]): [string, string] => [this.tag(tag), stamp])
    ]
  }

  /** Of all namespaces. */
  tag (tag: string): string {
    return `${this.#prefix}t:${tag}`
  }
}

/** Whether a name is that of an entry, of any namespace. */
export function isEntry (prefix: string, name: string): boolean {
  return name.startsWith(`${prefix}v:`)
}

/** The text itself, with a `=` before it where it begins as this or a hash does, or a hash of it. */
export function readable (text: string): string {
  if (Buffer.byteLength(text) <= MAX_READABLE) return /^[=#]/.test(text) ? `=${text}` : text
  return hashed(text)
}

/** 44 characters in place of any number. */
export function hashed (text: string): string {
  return `#${createHash('sha256').update(text).digest('base64url')}`
}
