import type { FastifyReply } from 'fastify'
import type { Backend, BackendStream } from '../backend/backend.ts'
import { commandName, type Command, type Reply } from '../backend/reply.ts'
import { answerError } from './encoding.ts'
import { syncToken } from './headers.ts'
import { sendAnswer } from './send-answer.ts'
import { EventStream, type OpenStreams } from './server-sent-events.ts'

/**
 * Serves SUBSCRIBE, PSUBSCRIBE or MONITOR as server-sent events until either side ends.
 * @param afterFirst called when the first line was sent
 */
export async function serveStream (
  command: Command, reply: FastifyReply, backend: Backend, streams: OpenStreams, afterFirst: (stream: EventStream) => void
): Promise<void> {
  let events: EventStream | undefined
  let refused: string | undefined
  let onEnd = () => {}

  function onReply (message: Reply): void {
    if (events) return events.send(message)
    if (message.kind === 'error') {
      refused = message.message
      return
    }
    reply.hijack()
    events = new EventStream(reply.raw, { 'upstash-sync-token': syncToken() }, () => onEnd())
    streams.add(events, commandName(command))
    events.send(message)
    afterFirst(events)
  }

  const source: BackendStream = await backend.stream(command, { onReply, onEnd: () => events?.end() })
  function leave (): void {
    source.close()
    if (events) streams.delete(events)
  }
  reply.raw.once('close', leave)
  onEnd = leave
  if (reply.raw.destroyed || reply.raw.writableEnded) leave()   // it was over while it was being opened
  if (refused !== undefined) sendAnswer(reply, answerError(refused, 400))
}
