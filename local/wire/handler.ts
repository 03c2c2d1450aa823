import type { FastifyReply, FastifyRequest } from 'fastify'
import { commandName } from '../backend/reply.ts'
import type { Fault } from '../faults/fault.ts'
import { answeredInstead } from '../faults/instead.ts'
import type { Answer, Format } from './encoding.ts'
import { execute } from './execute.ts'
import { authorize, requestedFormat } from './headers.ts'
import { sendAnswer } from './send-answer.ts'
import { serveStream } from './serve-stream.ts'
import type { WireParts } from './wire-parts.ts'
import { commandsOf, readWireRequest, type WireRequest } from './wire-request.ts'

/** Kinds that strike an execution or its answer: nothing of that fits a stream, or a request that is refused. */
const STRIKE_EXECUTION = new Set<Fault['kind']>(['late', 'duplicate', 'truncate', 'drop-reply'])

/**
 * Serves one request: first the faults, then the token, then Redis. Faults strike refused requests too, but not
 * those that never get here: other methods, malformed escapes, bodies over the limit, web pages.
 */
export async function handle (parts: WireParts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const asked = await read(request).catch((error: Error) => error)   // told after the faults and the token
  const format = checked(parts, request, asked)
  const form = asked instanceof Error ? undefined : asked.form
  const names = asked instanceof Error ? [] : commandsOf(asked).map(commandName)

  const served = format instanceof Error ? undefined : form
  const fits = (kind: Fault['kind']) => {
    if (kind === 'end-streams') return served === 'stream'
    return !STRIKE_EXECUTION.has(kind) || (served !== undefined && served !== 'stream')
  }
  const { delayMs, fault } = parts.faults.take(names, fits)
  if (delayMs > 0) await parts.pending.wait(delayMs)
  if (fault && answeredInstead(fault, reply, form === 'pipeline' ? names.length : undefined)) return reply

  if (asked instanceof Error || format instanceof Error) throw format
  if (asked.form === 'stream') {
    await serveStream(asked.command, reply, parts.backend, parts.streams, events => {
      if (fault) events.end()   // of those that let a stream begin there is only end-streams
    })
    return reply
  }
  return answer(() => execute(asked, format, parts.backend), parts, reply, fault)
}

async function read ({ url, body }: FastifyRequest): Promise<WireRequest> {
  return readWireRequest(url, Buffer.isBuffer(body) ? body : undefined)
}

/** The format of the answer, or why there is none: first the token, then what was asked. */
function checked ({ token }: WireParts, { headers, url }: FastifyRequest, asked: WireRequest | Error): Format | Error {
  try {
    authorize(headers, url, token)
    if (asked instanceof Error) return asked
    return asked.form === 'stream' ? 'json' : requestedFormat(headers)
  } catch (error) {
    return error as Error
  }
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

function hangUp (reply: FastifyReply): void {
  reply.hijack()
  reply.request.raw.socket.destroy()
}
