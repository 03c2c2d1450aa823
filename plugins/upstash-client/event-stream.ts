import type { Readable } from 'node:stream'
import { ReplyTooLargeError } from './errors.ts'

/**
 * The `data:` lines of a server-sent event stream, one event each. Read line by line and not by the blank lines of the
 * standard: whether Upstash sends those is not documented, and it never spreads an event over several lines.
 * Ends or throws with the connection; throws at a line of more than `maxLength` characters.
 */
export async function * dataLines (body: Readable, maxLength: number): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  // What is there of a line, in parts: joining them with each chunk would copy a long line over and over.
  let parts: string[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const text = decoder.decode(chunk, { stream: true })
    const end = text.lastIndexOf('\n') + 1
    if (end > 0) {
      const lines = parts.join('') + text.slice(0, end)
      parts = []
      length = 0
      for (const line of lines.split(/\r?\n/)) {
        if (line.startsWith('data:')) yield line.slice(line.startsWith('data: ') ? 6 : 5)
      }
    }
    parts.push(text.slice(end))
    length += text.length - end
    if (length > maxLength) throw new ReplyTooLargeError('SUBSCRIBE', maxLength)
  }
}
