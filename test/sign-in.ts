import type { FastifyInstance } from 'fastify'

export interface SignedIn { readonly id: string, readonly name: string, readonly cookie: string }

/** Signs somebody in; answers him, and his cookie as a browser would send it. */
export async function signIn (app: FastifyInstance, name: string): Promise<SignedIn> {
  const reply = await app.inject({ method: 'POST', url: '/session', payload: { name } })
  if (reply.statusCode !== 201) throw new Error(`signing in answered ${reply.statusCode}`)
  return { ...reply.json<{ id: string, name: string }>(), cookie: String(reply.headers['set-cookie']).split(';')[0] ?? '' }
}
