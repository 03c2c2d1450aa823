import { isAscii } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { Cache, Look } from '../cache/index.ts'
import { areFields } from './fields.ts'
import { variantKey } from './variant.ts'
import { bytesOf, fieldOf, type Kept, type Marker, type ReplyView, type StoredReply } from './stored-reply.ts'

/** Seconds that a marker is kept at least: what it leads to may be stored anew. */
const MARKER_TTL = 86_400
const MOST_GUESSES = 10_000

export interface Sought {
  readonly base: string
  readonly headers: IncomingHttpHeaders
  /** Of what is found, and of what is made in its place. */
  readonly tags: readonly string[]
}

/** What there is for a request, and the stamps under which another reply can take its place. */
export interface Found {
  readonly reply: StoredReply | undefined
  /** Of the reply, there or not. */
  readonly key: string
  /** Request fields that replies of this kind vary on, as far as is known. */
  readonly vary: readonly string[]
  readonly look: Look<Kept>
}

/** Replies in the cache: where they vary, a marker in the place of the reply names the fields, and each variant has its own key. */
export class ReplyStore {
  readonly #cache: Cache
  /** What markers said last: so that marker and variant come in one command. */
  readonly #guesses = new LRUCache<string, readonly string[]>({ max: MOST_GUESSES })

  constructor (cache: Cache) {
    this.#cache = cache
  }

  /** What is in memory and may be answered at once. */
  peek (base: string, headers: IncomingHttpHeaders): ReplyView | undefined {
    const first = this.#cache.peek(base, view)
    if (first === undefined || 'reply' in first) return first?.reply
    const second = this.#cache.peek(variantKey(base, headers, first.marker.vary), view)
    return second !== undefined && 'reply' in second ? second.reply : undefined
  }

  /** `ask`: Redis, also for what is in memory, so that `keep` can replace it. */
  async find ({ base, headers, tags }: Sought, ask: boolean): Promise<Found> {
    const guess = this.#guesses.get(base) ?? []
    const key = variantKey(base, headers, guess)
    const look = await this.#cache.look<Kept>(guess.length === 0 ? [base] : [base, key], { tags, ask })
    const first = read(look.values[0])
    if (first === undefined || 'reply' in first) {
      this.#guesses.delete(base)
      return { reply: first?.reply, key: base, vary: [], look }
    }
    const { vary } = first.marker
    if (vary.join() === guess.join()) return { reply: replyIn(look.values[1]), key, vary, look }
    this.#guesses.set(base, vary)
    const variant = variantKey(base, headers, vary)
    const second = await this.#cache.look<Kept>([base, variant], { tags, ask })
    return { reply: replyIn(second.values[1]), key: variant, vary, look: second }
  }

  /** Keeps a reply for a number of seconds, in the place of what was found. Answers where. */
  keep ({ look, vary }: Found, { base, headers }: Sought, reply: StoredReply, ttl: number): { key: string, kept: Promise<boolean> } {
    const names = [...new Set([...vary, ...reply.vary])].sort()
    const key = variantKey(base, headers, names)
    const keeping = [look.keep(key, { reply }, { ttl })]
    if (names.join() !== vary.join()) {
      this.#guesses.set(base, names)
      keeping.push(look.keep(base, { marker: { vary: names } }, { ttl: Math.max(ttl, MARKER_TTL) }))
    }
    return { key, kept: Promise.all(keeping).then(kept => kept.every(Boolean)) }
  }
}

function replyIn (value: unknown): StoredReply | undefined {
  const kept = read(value)
  return kept !== undefined && 'reply' in kept ? kept.reply : undefined
}

/** Others may write under our names, and what they write must not fail a request. */
function read (value: unknown): Kept | undefined {
  const { reply, marker } = Object(value) as { reply?: Partial<StoredReply>, marker?: { vary?: unknown } }
  if (marker !== undefined) return isNames(marker.vary) ? { marker: { vary: marker.vary } } : undefined
  if (reply === undefined || !(reply.body instanceof Uint8Array) || !areFields(reply.fields) || !isNames(reply.vary)) return undefined
  const { status, at, initialAge, lifetime, staleWhileRevalidate, staleIfError } = reply
  const numbers = [status, at, initialAge, lifetime, staleWhileRevalidate, staleIfError]
  const isStatus = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 499
  return isStatus && numbers.every(Number.isFinite) ? { reply: reply as StoredReply } : undefined
}

/** The most bytes that are held as text as well. */
const MOST_TEXT = 16_384

/** What many requests share. */
function view (value: unknown): { readonly reply: ReplyView } | { readonly marker: Marker } | undefined {
  const kept = read(value)
  if (kept === undefined || 'marker' in kept) return kept
  const body = bytesOf(kept.reply)
  // Fastify would give a text without a type one.
  const isText = body.length <= MOST_TEXT && isAscii(body) && fieldOf(kept.reply, 'content-type') !== undefined
  return { reply: { ...kept.reply, body, text: isText ? body.toString('latin1') : undefined } }
}

function isNames (value: unknown): value is string[] {
  return Array.isArray(value) && value.every(name => typeof name === 'string')
}
