import type { Readable } from 'node:stream'

/**
 * The `data:` lines of a server-sent event stream, one event each. Read line by line and not by the blank lines of the
 * standard: whether Upstash sends those is not documented, and it never spreads an event over several lines.
 * Ends or throws with the connection; throws at a line of more than `maxLength` characters.
 */
export async function * dataLines (body: Readable, maxLength: number): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const text = rest + decoder.decode(chunk, { stream: true })
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    if (rest.length > maxLength) throw new RangeError('an event is larger than maxReplyBytes')
    for (const line of text.slice(0, end).split(/\r?\n/)) {
      if (line.startsWith('data:')) yield line.slice(line.startsWith('data: ') ? 6 : 5)
    }
  }
}
