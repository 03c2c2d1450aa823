import type { FastifyReply } from 'fastify'
import type { Answer } from './encoding.ts'
import { syncToken } from './headers.ts'

/** Sends an answer with the headers that every reply of the wire has. */
export function sendAnswer (reply: FastifyReply, { status, type, body }: Answer): FastifyReply {
  return reply.code(status).header('upstash-sync-token', syncToken()).type(type).send(body)
}
