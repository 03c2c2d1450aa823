import type { FieldValue } from './fields.ts'

/** A reply as it is kept. What follows from its fields was worked out when it came, so that a hit only counts. */
export interface StoredReply {
  readonly status: number
  readonly fields: ReadonlyArray<readonly [name: string, value: FieldValue]>
  readonly body: Uint8Array
  /** Milliseconds since the epoch: when it came. */
  readonly at: number
  /** Seconds that it was old then: `corrected_initial_age` of RFC 9111 §4.2.3. */
  readonly initialAge: number
  /** Seconds of age until it is stale, §4.2.1. */
  readonly lifetime: number
  /** Seconds past that, RFC 5861. 0 where the reply forbids it. */
  readonly staleWhileRevalidate: number
  readonly staleIfError: number
  /** `no-cache`: never without asking the handler. */
  readonly alwaysValidate: boolean
  /** `must-revalidate`, `proxy-revalidate`, `s-maxage`: never when stale. */
  readonly mustRevalidate: boolean
  /** Whether it may answer requests with Authorization, §3.5. */
  readonly shared: boolean
  /** Request fields that it varies on, beyond those of its key. */
  readonly vary: readonly string[]
}

/** A stored reply as it is sent again and again. */
export interface ReplyView extends StoredReply {
  readonly body: Buffer
  /** The body once more, where a text is as good as its bytes: nobody can write into it, and Node sends it in one piece with the fields. */
  readonly text: string | undefined
}

/** In the place of a reply: the request fields that tell which one of several it is. */
export interface Marker {
  readonly vary: readonly string[]
}

export type Kept = { readonly reply: StoredReply } | { readonly marker: Marker }

/** §4.2.3. */
export function ageOf ({ initialAge, at }: StoredReply, now: number): number {
  return initialAge + Math.max(0, now - at) / 1000
}

export function fieldOf ({ fields }: StoredReply, name: string): FieldValue | undefined {
  return fields.find(([there]) => there === name)?.[1]
}

/** Without a copy. */
export function bytesOf ({ body }: StoredReply): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}
