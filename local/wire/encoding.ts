import type { Reply } from '../backend/reply.ts'

export interface Answer {
  status: number
  type: 'application/json' | 'application/octet-stream'
  body: Buffer
}

/** How a client wants its replies: JSON, JSON with base64 strings, or raw RESP2. */
export type Format = 'json' | 'base64' | 'resp2'

/** The answer to one command: 400 where Redis gave an error, as documented. */
export function answerOne (reply: Reply, format: Format): Answer {
  const status = reply.kind === 'error' ? 400 : 200
  return format === 'resp2' ? binary(status, resp(reply)) : json(status, envelope(reply, format))
}

/** The answer to a pipeline or transaction: each command has its own result or error. */
export function answerMany (replies: Reply[], format: Format): Answer {
  if (format === 'resp2') return binary(200, Buffer.concat(replies.map(resp)))
  return json(200, `[${replies.map(reply => envelope(reply, format)).join(',')}]`)
}

/** An error that is JSON whatever format was asked for. */
export function answerError (message: string, status: number): Answer {
  return json(status, JSON.stringify({ error: message }))
}

function json (status: number, text: string): Answer {
  return { status, type: 'application/json', body: Buffer.from(text) }
}

function binary (status: number, body: Buffer): Answer {
  return { status, type: 'application/octet-stream', body }
}

function envelope (reply: Reply, format: Format): string {
  if (reply.kind === 'error') return JSON.stringify({ error: reply.message })
  // "all strings … except for the OK response": taken to mean the plain reply of SET and the like, at the top.
  // The SDK reads it so; an OK within an array it decodes.
  if (reply.kind === 'simple' && reply.text === 'OK') return '{"result":"OK"}'
  return `{"result":${jsonValue(reply, format === 'base64')}}`
}

/** Written by hand rather than by JSON.stringify, which would round 64-bit integers. */
function jsonValue (reply: Reply, base64: boolean): string {
  const string = (bytes: Buffer) => JSON.stringify(bytes.toString(base64 ? 'base64' : 'utf8'))
  switch (reply.kind) {
    case 'integer': return reply.digits
    case 'null': return 'null'
    case 'bulk': return string(reply.bytes)
    case 'simple': return string(Buffer.from(reply.text))
    case 'error': return string(Buffer.from(reply.message))
    case 'array': return `[${reply.items.map(item => jsonValue(item, base64)).join(',')}]`
  }
}

function resp (reply: Reply): Buffer {
  switch (reply.kind) {
    case 'integer': return Buffer.from(`:${reply.digits}\r\n`)
    case 'null': return Buffer.from(reply.of === 'bulk' ? '$-1\r\n' : '*-1\r\n')
    case 'bulk': return Buffer.concat([Buffer.from(`$${reply.bytes.length}\r\n`), reply.bytes, Buffer.from('\r\n')])
    case 'simple': return Buffer.from(`+${reply.text}\r\n`)
    case 'error': return Buffer.from(`-${reply.message}\r\n`)
    case 'array': return Buffer.concat([Buffer.from(`*${reply.items.length}\r\n`), ...reply.items.map(resp)])
  }
}
