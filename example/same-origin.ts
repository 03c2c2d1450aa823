import createError from '@fastify/error'
import type { FastifyRequest } from 'fastify'

/** A page of another origin made the browser ask. */
export class CrossOriginError extends createError('FST_EXAMPLE_CROSS_ORIGIN', 'this may not be asked from a page of another origin', 403) {}

/**
 * A hook that refuses what a page of another origin makes a browser send, whatever the method, but for following a link here. SameSite
 * alone is not enough: another port or subdomain is the same site. Browsers say where a request comes from in Sec-Fetch-Site, older ones
 * in Origin; what sends neither is no browser, and has no cookie that is not its own.
 */
export async function sameOrigin ({ method, headers, host }: FastifyRequest): Promise<void> {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': place, origin } = headers
  if (method === 'GET' && mode === 'navigate' && place === 'document') return
  const ours = site === undefined
    ? origin === undefined || origin.replace(/^https?:\/\//, '') === host
    : site === 'same-origin' || site === 'none'
  if (!ours) throw new CrossOriginError()
}
