import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Part } from './range.ts'

export interface CollectorOptions {
  /** Bytes that are collected at most. */
  readonly most: number
  /** Bytes that there have to be; undefined where nobody said. */
  readonly expected: number | undefined
  /** What is passed on; default all. */
  readonly part?: Exclude<Part, 'unsatisfiable'> | undefined
  /** Told once: all bytes, or why there are none. */
  readonly onEnd: (body: Buffer | 'too-large' | 'incomplete') => void
}

/** Passes a body on as it comes, and collects it. */
export class Collector extends Transform {
  readonly #options: CollectorOptions
  #chunks: Buffer[] = []
  #size = 0
  #told = false

  constructor (options: CollectorOptions) {
    super({ writableObjectMode: true })
    this.#options = options
  }

  /** Where either end breaks off, both are destroyed. */
  from (source: Readable): this {
    pipeline(source, this, error => { if (error != null) this.#tell('incomplete') })
    return this
  }

  /** Before the reader sees the end, so that who asks next finds it. */
  override _flush (done: TransformCallback): void {
    const { expected } = this.#options
    this.#tell(expected === undefined || expected === this.#size ? Buffer.concat(this.#chunks) : 'incomplete')
    done()
  }

  override _transform (given: unknown, encoding: BufferEncoding, done: TransformCallback): void {
    const chunk = Buffer.isBuffer(given) ? given : typeof given === 'string' ? Buffer.from(given, encoding) : Buffer.from(given as Uint8Array)
    const begins = this.#size
    this.#size += chunk.length
    if (this.#size > this.#options.most) this.#tell('too-large')
    else this.#chunks.push(chunk)
    const { part } = this.#options
    const passed = part === undefined ? chunk : chunk.subarray(Math.max(0, part.start - begins), Math.max(0, part.end - begins))
    done(null, passed.length > 0 ? passed : undefined)
  }

  #tell (body: Buffer | 'too-large' | 'incomplete'): void {
    if (this.#told) return
    this.#told = true
    this.#options.onEnd(body)
    this.#chunks = []
  }
}

/** What Fastify sends as a stream; undefined for what it sends at once. */
export function streamOf (payload: unknown): Readable | undefined {
  const { pipe, getReader } = Object(payload) as { pipe?: unknown, getReader?: unknown }
  if (typeof pipe === 'function') return payload as Readable
  return typeof getReader === 'function' ? Readable.fromWeb(payload as ReadableStream) : undefined
}
