import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { sameOrigin } from './same-origin.ts'

// What the page needs, which is all its own files: no inline script, no CDN.
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"]
}

/** Milliseconds that the event loop may lag behind, on an average of a second. */
const MOST_LAG = 1_000

/** What stands before every route: headers, other origins, and too much at once. Routes with limits of their own say so. */
export async function guards (fastify: FastifyInstance): Promise<void> {
  // A form of another site can send text; JSON it cannot.
  fastify.removeContentTypeParser('text/plain')
  await fastify.register(underPressure, { maxEventLoopDelay: Number(process.env['MAX_EVENT_LOOP_DELAY'] || MOST_LAG), retryAfter: 5 })
  await fastify.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: POLICY } })
  // Off for a load, whose one client stands for many.
  if (process.env['RATE_LIMITS'] !== 'off') await fastify.register(rateLimit, { global: false })
  fastify.addHook('onRequest', sameOrigin)
}
