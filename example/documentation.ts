import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'

/** For the schema of a route that asks who is there. */
export const SIGNED_IN = [{ session: [] }]

const Problem = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  code: Type.Optional(Type.String())
})

/** OpenAPI of all routes that are registered after it, at `/documentation`, and `/documentation/json`. */
export async function documentation (fastify: FastifyInstance): Promise<void> {
  await fastify.register(swagger, {
    openapi: {
      info: { title: 'The example application of fastify-upstash', version: '1' },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'example-session', description: 'Of POST /session' },
          administrator: { type: 'http', scheme: 'bearer', description: 'CACHE_ADMIN_TOKEN of the environment' }
        }
      }
    },
    transform: ({ schema = {}, url }) => ({
      // Either is answered.
      url: url.replace(/(?<=.)\/$/, ''),
      // By folder, as the routes are made.
      schema: { tags: [String(url.split('/')[1])], ...schema, response: withProblems(Object(schema.response)) }
    })
  })
  await fastify.register(swaggerUi, {
    routePrefix: '/documentation',
    // Its pictures are in its style sheet, and its components style themselves.
    transformStaticCSP: policy => policy.replace("img-src 'self'", "img-src 'self' data:").replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  })
}

/** Errors as they go out: every one is a problem, of which some routes tell more. */
function withProblems (replies: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.entries({ ...replies, default: Problem }).map(([status, schema]) => {
    const problem = { description: 'What went wrong (RFC 9457)', content: { 'application/problem+json': { schema } } }
    return [status, /^2/.test(status) ? schema : problem]
  }))
}
