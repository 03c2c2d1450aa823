import type { FastifyInstance, InjectOptions } from 'fastify'
import type { Response } from 'light-my-request'
import { signIn } from './sign-in.ts'

export interface Member {
  readonly id: string
  readonly cookie: string
  /** Sends a request as this user. */
  readonly ask: (url: string, options?: InjectOptions) => Promise<Response>
}

/** Somebody who belongs to a workspace, and asks an app. */
export async function member (app: FastifyInstance, workspace: string): Promise<Member> {
  const { id, cookie } = await signIn(app, 'Ann', workspace)
  return { id, cookie, ask: (url, options = {}) => app.inject({ url, ...options, headers: { cookie, ...options.headers } }) }
}

/** How a reply was come by: `hit`, `fwd=miss` and so on. */
export function servedBy ({ headers }: Response): string {
  return String(headers['cache-status']).replace('fastify-upstash; ', '')
}
