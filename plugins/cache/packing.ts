import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { Encoded } from './value.ts'

// Off the event loop, in zlib's own threads.
const gzip = promisify(zlib.gzip)
const gunzip = promisify(zlib.gunzip)

/** An encoded value as it is sent; with a capital its text is compressed, and in base64. */
export interface Packed {
  readonly format: Encoded['format'] | 'J' | 'D'
  readonly text: string
}

const CAPITAL = { j: 'J', d: 'D' } as const
const SMALL = { J: 'j', D: 'd' } as const

/** `over`: bytes from which on it is compressed, where that makes it smaller. */
export async function pack (encoded: Encoded, over: number): Promise<Packed> {
  const bytes = Buffer.byteLength(encoded.text)
  if (bytes <= over) return encoded
  const text = (await gzip(encoded.text)).toString('base64')
  return text.length < bytes ? { format: CAPITAL[encoded.format], text } : encoded
}

/** Rejects for what is no compressed text, or has more than `most` bytes, which a few compressed ones could hold. */
export async function unpack ({ format, text }: Packed, most: number): Promise<Encoded> {
  if (format === 'J' || format === 'D') {
    const bytes = await gunzip(Buffer.from(text, 'base64'), { maxOutputLength: most })
    return { format: SMALL[format], text: bytes.toString() }
  }
  if (Buffer.byteLength(text) > most) throw new RangeError('too large')
  return { format, text }
}
