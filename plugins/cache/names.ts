import { createHash } from 'node:crypto'

/** Bytes up to which a name is kept as it is, for people who look into the database. */
export const MAX_READABLE = 200

/** The keys in Redis that a namespace of a cache uses; docs/tags-and-stamps.md tells what for. */
export class Names {
  /** The stamps of all entries, and of the namespace's. */
  readonly epochs: readonly [all: string, namespace: string]
  /** The stamp that every invalidation of tags removes. */
  readonly invalidations: string
  readonly #prefix: string
  readonly #namespace: string

  constructor (prefix: string, namespace: string) {
    this.#prefix = prefix
    this.#namespace = namespace
    this.epochs = [`${prefix}e`, `${prefix}e:${namespace}`]
    this.invalidations = `${prefix}i`
  }

  entry (key: string): string {
    return `${this.#prefix}v:${this.#namespace}:${key}`
  }

  fence (key: string): string {
    return `${this.#prefix}f:${this.#namespace}:${key}`
  }

  /** Of all namespaces. */
  tag (tag: string): string {
    return `${this.#prefix}t:${tag}`
  }
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
