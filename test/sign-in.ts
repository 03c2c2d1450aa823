import type { FastifyInstance } from 'fastify'

export interface SignedIn { readonly id: string, readonly name: string, readonly workspace: string, readonly cookie: string }

/** Signs somebody in; answers him, and his cookie as a browser would send it. */
export async function signIn (app: FastifyInstance, name: string, workspace = 'north'): Promise<SignedIn> {
  const reply = await app.inject({ method: 'POST', url: '/session', payload: { name, workspace } })
  if (reply.statusCode !== 201) throw new Error(`signing in answered ${reply.statusCode}`)
  return { ...reply.json<Omit<SignedIn, 'cookie'>>(), cookie: String(reply.headers['set-cookie']).split(';')[0] ?? '' }
}
