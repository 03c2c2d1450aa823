import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'

/** `fastify` has what a plugin is about to decorate it with. Thrown at registration, so the boot fails. */
export class DecoratorTakenError extends createError<'FST_UPSTASH_DECORATOR_TAKEN', 500, [plugin: string, name: string]>(
  'FST_UPSTASH_DECORATOR_TAKEN',
  '%s: fastify.%s is there already, from this plugin registered twice or from another one of that name; register one of them, or each in a context of its own',
  500) {}

/** Fastify's own error would not say how to mend it. */
export function assertDecoratorFree (fastify: FastifyInstance, plugin: string, name: string): void {
  if (fastify.hasDecorator(name)) throw new DecoratorTakenError(plugin, name)
}
