import createError from '@fastify/error'
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { SIGNED_IN } from './documentation.ts'
import { identify, type User } from './identity.ts'
import { rightsQuery } from './queries/rights.ts'

/** What one may do in a workspace. */
export const RIGHTS = ['patients:read', 'patients:write', 'dashboard:read', 'reports:read', 'jobs:add'] as const
export type Right = typeof RIGHTS[number]

/** The user is known, and has not the right in his workspace. */
export class ForbiddenError extends createError<'FST_EXAMPLE_FORBIDDEN', 403, [right: string]>(
  'FST_EXAMPLE_FORBIDDEN', 'you do not have the right %s in your workspace', 403) {}

/** For routes whose replies are of who is signed in, and not for a browser's or proxy's cache. */
export function keepPrivate (fastify: FastifyInstance): void {
  fastify.addHook('onRoute', route => { route.schema = { security: SIGNED_IN, ...route.schema } })
  fastify.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
}

/** A hook that lets those pass who are signed in and have the right in their workspace. */
export function requires (...rights: Right[]): onRequestAsyncHookHandler {
  return async request => {
    const found = await rightsOf(request, identify(request))
    for (const right of rights) if (!found.includes(right)) throw new ForbiddenError(right)
  }
}

/** Asked with every request and seldom changed, so from the permission cache. */
export async function rightsOf ({ server: { cache, database } }: FastifyRequest, user: User): Promise<string[]> {
  return await cache.namespace('permission').getOrSet(rightsKey(user), async () => {
    const rows = await database.query(rightsQuery, [user.workspace, user.id])
    return rows.map(({ right }) => right)
  })
}

export function rightsKey ({ workspace, id }: User): string[] {
  return ['workspace-rights', workspace, id]
}
