import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { identify } from '../../example/identity.ts'
import { preferred } from '../../example/preferred.ts'
import { keepPrivate, requires } from '../../example/protected.ts'
import { REPORTS, type Report, type ReportKind } from '../../example/queries/reports.ts'
import { servedHeaders, tellServed } from '../../example/served.ts'
import { answerJob, jobReplies } from '../jobs/answer.ts'
import { Headers } from '../jobs/schema.ts'
import { asCsv, asJson } from './format.ts'

const Month = Type.String({ pattern: '^20\\d\\d-(0[1-9]|1[0-2])$', description: 'Such as 2026-03, in UTC' })

const Params = Type.Object({ kind: Type.Enum(Object.keys(REPORTS) as ReportKind[]) })

const Reply = {
  description: 'In JSON an object with the members kind, month, readAt and rows; in CSV a line a row, below the names of the columns',
  headers: { ...servedHeaders, vary: { type: 'string' } },
  content: {
    'application/json': { schema: Type.Object({ kind: Type.String(), month: Type.String(), readAt: Type.String(), rows: Type.Array(Type.Record(Type.String(), Type.Unknown())) }) },
    'text/csv': { schema: Type.String() }
  }
}

const TYPES = ['application/json', 'text/csv'] as const

/** What a month had in the user's workspace, line by line, from the report cache. */
const reports: FastifyPluginAsyncTypebox = async fastify => {
  const cache = fastify.cache.namespace('report')
  keepPrivate(fastify)

  const querystring = Type.Object({ month: Type.Optional(Month) }, { additionalProperties: false })

  fastify.get('/:kind', { onRequest: requires('reports:read'), schema: { params: Params, querystring, response: { 200: Reply } } }, async (request, reply) => {
    const { workspace } = identify(request)
    const { kind } = request.params
    const { month = thisMonth() } = request.query
    reply.header('vary', 'accept')
    const type = preferred(TYPES, request.headers.accept) ?? notAcceptable()
    const report: Report = REPORTS[kind]
    const content = await cache.getOrSet([kind, workspace, month], async () => {
      const readAt = new Date().toISOString()
      return { readAt, rows: await fastify.database.query(report, [workspace, ...bounds(month)]) }
    }, { tags: [`${report.of}:${workspace}`], onServed: tellServed(reply, cache) })
    const format = type === 'text/csv' ? asCsv : asJson
    if (type === 'text/csv') reply.header('content-disposition', `attachment; filename="${kind}-${month}.csv"`)
    const text = Readable.from(format({ kind, month, columns: report.columns, ...content }))
    // Of what the schema describes, which knows no streams.
    return reply.type(`${type}; charset=utf-8`).send(text as never)
  })

  const body = Type.Object({ month: Month }, { additionalProperties: false })

  fastify.post('/:kind/export', { onRequest: requires('reports:read', 'jobs:add'), schema: { params: Params, headers: Headers, body, response: jobReplies } }, async (request, reply) => {
    const { workspace } = identify(request)
    const job = { workspace, kind: request.params.kind, month: request.body.month }
    return await answerJob(reply, fastify.queue.add('exports', job, { jobId: request.headers['idempotency-key'] }))
  })
}

export default reports

function thisMonth (): string {
  return new Date().toISOString().slice(0, 7)
}

/** From, and before. Not left to PostgreSQL, whose months are of the session's time zone. */
function bounds (month: string): [string, string] {
  const first = new Date(`${month}-01T00:00:00Z`)
  const next = new Date(first)
  next.setUTCMonth(first.getUTCMonth() + 1)
  return [first.toISOString(), next.toISOString()]
}

function notAcceptable (): never {
  throw Object.assign(new Error(`reports are ${TYPES.join(' or ')}`), { statusCode: 406 })
}
