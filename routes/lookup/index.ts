import { setTimeout } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { servedHeaders, tellServed } from '../../example/served.ts'

/** Milliseconds that the register takes to answer. */
const SLOWNESS = 200

const Lookup = Type.Object({
  code: Type.String(),
  title: Type.String(),
  lookedUpAt: Type.String({ format: 'date-time', description: 'When the register was asked' })
})

/** The title of a diagnosis code, from a register that is slow to answer: worth a cache. */
const lookup: FastifyPluginAsyncTypebox = async fastify => {
  const cache = fastify.cache.namespace('api')
  const params = Type.Object({ code: Type.String({ pattern: '^[A-Z]\\d\\d$', description: 'Such as J45' }) })

  fastify.get('/:code', { schema: { params, response: { 200: { ...Lookup, headers: servedHeaders } } } }, async ({ params: { code } }, reply) => {
    const { title, lookedUpAt } = await cache.getOrSet(['lookup', code], () => askRegister(code), { onServed: tellServed(reply, cache) })
    return { code, title, lookedUpAt: lookedUpAt.toISOString() }
  })
}

export default lookup

/** Stands for a service of somebody else, over there and busy. */
async function askRegister (code: string): Promise<{ title: string, lookedUpAt: Date }> {
  await setTimeout(SLOWNESS)
  return { title: TITLES[code] ?? 'Unknown', lookedUpAt: new Date() }
}

const TITLES: Readonly<Record<string, string>> = { E11: 'Type 2 diabetes mellitus', I10: 'Primary hypertension', J45: 'Asthma', M54: 'Dorsalgia' }
