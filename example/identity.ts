import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import createError from '@fastify/error'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { cookieSecret } from './cookie-secret.ts'

/** Who sent a request, as the cookie says that this app gave him. */
export interface User {
  /** Random: two sign-ins under one name are two people. */
  readonly id: string
  readonly name: string
  /** Where the user belongs: what is of another is not shown. */
  readonly workspace: Workspace
}

export type Workspace = typeof WORKSPACES[number]

/** Those of the seed. Who signs in says which is his, as he says his name: there is no password that would know better. */
export const WORKSPACES = ['north', 'east', 'south'] as const

/** There is no cookie, or none of this app's, or it has expired. */
export class SignInRequiredError extends createError('FST_EXAMPLE_SIGN_IN_REQUIRED', 'sign in first, with POST /session', 401) {}

const COOKIE = 'example-session'
/** Seconds that a sign-in lasts. */
const LIFETIME = 7 * 24 * 60 * 60

// Signed, it was written here; the check is for another app's with the same secret, and for what an earlier version wrote.
const Session = Type.Object({ id: Type.String(), name: Type.String(), workspace: Type.Enum(WORKSPACES), expiresAt: Type.Number() })

/**
 * Cookies, signed with COOKIE_SECRET. The example's sign-in asks for no password: whoever has the cookie is the user. An app with
 * real users puts its own session in the place of `identify`.
 */
export const identity = fp(async fastify => {
  await fastify.register(cookie, { secret: cookieSecret(process.env['COOKIE_SECRET'], fastify.log.child({ plugin: 'identity' })) })
}, { name: 'identity', fastify: '5.x' })

/** The only way to a user's id: nothing of a body or a query can name another. Throws `SignInRequiredError`. */
export function identify (request: FastifyRequest): User {
  const { valid, value } = request.unsignCookie(request.cookies[COOKIE] ?? '')
  const session = valid ? parse(value) : undefined
  // A browser forgets a cookie at its end; who kept a copy does not.
  if (!Value.Check(Session, session) || session.expiresAt <= Date.now()) throw new SignInRequiredError()
  return { id: session.id, name: session.name, workspace: session.workspace }
}

/** Answers a new user, whose cookie goes with the reply. */
export function signIn (request: FastifyRequest, reply: FastifyReply, name: string, workspace: Workspace): User {
  const user = { id: randomUUID(), name, workspace }
  const session: Static<typeof Session> = { ...user, expiresAt: Date.now() + LIFETIME * 1000 }
  const value = Buffer.from(JSON.stringify(session)).toString('base64url')
  reply.setCookie(COOKIE, value, { ...attributes(request), signed: true, maxAge: LIFETIME })
  return user
}

export function signOut (request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(COOKIE, attributes(request))
}

function attributes ({ protocol, headers }: FastifyRequest) {
  // Where TLS ends at the host's proxy only this header tells. Who forges it withholds his own cookie from plain HTTP, no more.
  const forwarded = String(headers['x-forwarded-proto']).startsWith('https')
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: protocol === 'https' || forwarded } as const
}

function parse (value: string | null): unknown {
  try {
    return JSON.parse(Buffer.from(String(value), 'base64url').toString())
  } catch {
    return undefined
  }
}
