import { channel } from 'node:diagnostics_channel'
import type { Served } from './interface.ts'

/** What the messages of all channels of the cache have in common. Never a value. */
interface OfKey {
  /** `''` for what is in none. */
  readonly namespace: string
  /** In its canonical form: a string is its own, a list of parts is JSON, a long one a hash. */
  readonly key: string
}

/** On `fastify-upstash:cache:hit`: a value was answered. */
export interface CacheHitMessage extends OfKey {
  readonly source: Extract<Served['source'], 'memory' | 'redis' | 'stale'>
  /** Whether it would have been confirmed, had Redis answered. */
  readonly degraded: boolean
}

/** On `fastify-upstash:cache:miss`: there was none. */
export interface CacheMissMessage extends OfKey {}

/** On `fastify-upstash:cache:load`: a loader has ended. */
export interface CacheLoadMessage extends OfKey {
  /** Milliseconds that it took. */
  readonly duration: number
  /** What it threw, where it did, or its `FST_CACHE_LOAD_TIMEOUT`. */
  readonly error?: unknown
}

/** Which values are invalidated: by key, by tag, or all of a namespace; `clear` of the namespace `''` is of all. */
export type Invalidation =
  | { readonly kind: 'delete', readonly namespace: string, readonly keys: readonly string[] }
  | { readonly kind: 'tags', readonly tags: readonly string[] }
  | { readonly kind: 'clear', readonly namespace: string }

/** On `fastify-upstash:cache:invalidate`. */
export type CacheInvalidateMessage = Invalidation & {
  /** Whether Redis acknowledged it; if not, it is sent again. */
  readonly acknowledged: boolean
}

// Held here: Node forgets a channel that nobody holds, and its subscribers with it.
export const hits = channel('fastify-upstash:cache:hit')
export const misses = channel('fastify-upstash:cache:miss')
export const loads = channel('fastify-upstash:cache:load')
export const invalidations = channel('fastify-upstash:cache:invalidate')
