import { randomBytes } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'

/** Characters, as many as 128 bits and more take in any usual spelling. */
const SHORTEST = 32

/** The secret that cookies are signed with: the environment's, or one that ends with this process. One that can be guessed is never used. */
export function cookieSecret (given: string | undefined, log: FastifyBaseLogger): string {
  if (given !== undefined && given.length >= SHORTEST) return given
  const consequence = 'sign-ins do not survive a restart, and no other process accepts them'
  if (given === undefined || given === '') log.info(`COOKIE_SECRET is not set: ${consequence}`)
  else log.error(`COOKIE_SECRET has fewer than ${SHORTEST} characters and is not used: ${consequence}; give it a random text, such as openssl rand -base64 32 prints`)
  return randomBytes(32).toString('base64')
}
