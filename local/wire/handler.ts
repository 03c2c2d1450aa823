import type { FastifyReply, FastifyRequest } from 'fastify'
import { commandName, type Command } from '../backend/reply.ts'
import type { Fault } from '../faults/fault.ts'
import { answeredInstead } from '../faults/instead.ts'
import type { Answer } from './encoding.ts'
import { execute } from './execute.ts'
import { authorize, requestedFormat } from './headers.ts'
import { sendAnswer } from './send-answer.ts'
import { serveStream } from './serve-stream.ts'
import type { WireParts } from './wire-parts.ts'
import { commandsOf, readWireRequest, type WireRequest } from './wire-request.ts'

/** Kinds that change a reply's body or execute again: nothing of that fits a stream. */
const NOT_FOR_STREAMS = new Set<Fault['kind']>(['late', 'duplicate', 'truncate', 'drop-reply'])

/** Serves one request: first the faults, which may strike anything, then the token, then Redis. */
export async function handle (parts: WireParts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const asked = await read(request).catch((error: Error) => error)   // told after the faults and the token
  const form = asked instanceof Error ? undefined : asked.form
  const names = asked instanceof Error ? [] : commandsOf(asked).map(commandName)

  const fits = (kind: Fault['kind']) => form === 'stream' ? !NOT_FOR_STREAMS.has(kind) : kind !== 'end-streams'
  const { delayMs, fault } = parts.faults.take(names, fits)
  if (delayMs > 0) await parts.pending.wait(delayMs)
  if (fault && answeredInstead(fault, reply, form === 'pipeline' ? names.length : undefined)) return reply

  authorize(request.headers, request.url, parts.token)
  if (asked instanceof Error) throw asked
  if (asked.form === 'stream') return stream(parts, asked.command, reply, fault)
  const format = requestedFormat(request.headers)
  return answer(() => execute(asked, format, parts.backend), parts, reply, fault)
}

async function read ({ url, body }: FastifyRequest): Promise<WireRequest> {
  return readWireRequest(url, Buffer.isBuffer(body) ? body : undefined)
}

/** Answers, in the way that the fault leaves open. */
async function answer (run: () => Promise<Answer>, { pending }: WireParts, reply: FastifyReply, fault?: Fault): Promise<unknown> {
  switch (fault?.kind) {
    case 'late':
      hangUp(reply)
      pending.later(fault.ms ?? 0, run)
      return reply
    case 'drop-reply':
      await run()
      hangUp(reply)
      return reply
    case 'truncate': {
      const whole = await run()
      return sendAnswer(reply, { ...whole, body: whole.body.subarray(0, whole.body.length >> 1) })
    }
    case 'duplicate': {
      const first = await run()
      pending.later(fault.ms ?? 0, run)
      return sendAnswer(reply, first)
    }
    default:
      return sendAnswer(reply, await run())
  }
}

async function stream ({ backend, streams }: WireParts, command: Command, reply: FastifyReply, fault?: Fault): Promise<unknown> {
  await serveStream(command, reply, backend, streams, events => {
    if (fault?.kind === 'end-streams') events.end()
  })
  return reply
}

function hangUp (reply: FastifyReply): void {
  reply.hijack()
  reply.request.raw.socket.destroy()
}
