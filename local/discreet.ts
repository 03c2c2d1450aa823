import type { FastifyServerOptions } from 'fastify'

export type Logger = NonNullable<FastifyServerOptions['logger']>

/** A log of requests without their tokens, keys and values: of the address only its first word is told. */
export function discreet (logger: Logger): Logger {
  if (logger === false) return false
  const options = logger === true ? {} : logger
  const req = ({ method, url }: { method: string, url: string }) => ({ method, url: url.replace(/^(\/?[^/?]*).*$/s, '$1') })
  return { ...options, serializers: { req, ...options.serializers } }
}
