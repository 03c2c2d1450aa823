import type { ServerResponse } from 'node:http'
import { replyText, type Reply } from '../backend/reply.ts'

/** Streams that are open, so that they can be ended from outside. */
export class OpenStreams {
  readonly #open = new Map<EventStream, string>()

  add (stream: EventStream, command: string): void {
    this.#open.set(stream, command)
  }

  delete (stream: EventStream): void {
    this.#open.delete(stream)
  }

  /** Ends the streams whose command (`subscribe`, `psubscribe`, `monitor`) the caller picks. */
  end (picks: (command: string) => boolean): void {
    for (const [stream, command] of this.#open) if (picks(command)) stream.end()
  }
}

/** What may wait for a client that reads more slowly than others publish. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024

/** One reply of server-sent events. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #onEnd: () => void

  /** @param onEnd called when the stream is ended from this side, which may be long before a slow client has read it all */
  constructor (response: ServerResponse, headers: Record<string, string>, onEnd: () => void) {
    this.#response = response
    this.#onEnd = onEnd
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers })
  }

  /** Does nothing once the stream has ended: Redis may still have had a message under way. */
  send (reply: Reply): void {
    const { writableEnded, destroyed } = this.#response
    if (writableEnded || destroyed) return
    this.#response.write(eventOf(eventText(reply)))
    if (this.#response.writableLength > MOST_WAITING_BYTES) this.#response.destroy()
  }

  /** Ends the body as HTTP does when all is well. */
  end (): void {
    this.#response.end()
    this.#onEnd()
  }
}

/** `subscribe,chat,1` and `message,chat,hello` for pub/sub; MONITOR's lines as they are, but its OK in quotes. */
function eventText (reply: Reply): string {
  if (reply.kind !== 'array') return replyText(reply) === 'OK' ? '"OK"' : replyText(reply)
  return reply.items.map(item => item.kind === 'integer' ? item.digits : replyText(item)).join(',')
}

/** A line break within the text begins a new data line, as the format of server-sent events wants it. */
function eventOf (text: string): string {
  return text.split(/\r\n|\n|\r/).map(line => `data: ${line}\n`).join('') + '\n'
}
