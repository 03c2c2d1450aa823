import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'

export type OnSend = (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: (error: Error | null, payload?: unknown) => void) => void

/**
 * Has hooks run after all other onSend hooks of a route, also after those that plugins add to it later on: what they forbid, such as by
 * `no-store`, has to be known before a reply is stored. So whoever reads the route's hooks, Fastify too, finds ours last.
 */
export function addLastHooks (route: RouteOptions, ours: readonly OnSend[]): void {
  // A new array: the given one may be another route's too.
  let hooks = [route.onSend ?? []].flat() as OnSend[]
  Object.defineProperty(route, 'onSend', {
    configurable: true,
    enumerable: true,
    // In place, since some push into what they get.
    get: () => {
      hooks.splice(0, Infinity, ...hooks.filter(hook => !ours.includes(hook)), ...ours)
      return hooks
    },
    set: (given: OnSend | OnSend[] | undefined) => { hooks = [given ?? []].flat() }
  })
}
