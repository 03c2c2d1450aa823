/** One Redis reply with its RESP2 type kept: base64 and resp2 answers differ for `+OK` and a stored "OK". */
export type Reply =
  | { kind: 'simple', text: string }
  | { kind: 'error', message: string }
  | { kind: 'integer', digits: string }   // text, because 64-bit integers do not fit a number
  | { kind: 'bulk', bytes: Buffer }
  | { kind: 'null', of: 'bulk' | 'array' }
  | { kind: 'array', items: Reply[] }

export type ErrorReply = Extract<Reply, { kind: 'error' }>

/** A command as sent to Redis: name first. Bytes where the caller gave bytes. */
export type Command = ReadonlyArray<string | Buffer>

export function errorReply (message: string): ErrorReply {
  return { kind: 'error', message }
}

export function bulkReply (text: string): Reply {
  return { kind: 'bulk', bytes: Buffer.from(text) }
}

/** The lower-case name of a command, as statistics and faults know it. */
export function commandName (command: Command): string {
  return String(command[0]).toLowerCase()
}

/** The text of a simple or bulk string, else the empty string. */
export function replyText (reply: Reply | undefined): string {
  if (reply?.kind === 'bulk') return reply.bytes.toString()
  return reply?.kind === 'simple' ? reply.text : ''
}
