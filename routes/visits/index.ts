import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Command } from '../../plugins/upstash-client/index.ts'
import { UpstashState } from '../status/schema.ts'

const KEY = 'example:visits'

const Visits = Type.Object({
  visits: Type.Union([Type.Integer(), Type.Null()], { description: 'null: unknown, since Redis cannot be asked' }),
  upstash: UpstashState
})

/** A counter that all instances of the app share. Without Redis its number is unknown, which is no error. */
const visits: FastifyPluginAsyncTypebox = async fastify => {
  const options = { schema: { response: { 200: Visits } } }

  fastify.get('/', options, async () => await answer(['GET', KEY]))

  fastify.post('/', options, async () => await answer(['INCR', KEY]))

  async function answer (command: Command) {
    const upstash = fastify.upstash
    if (upstash === null) return { visits: null, upstash: 'disabled' as const }
    // A missing key counts as 0. What is no number was put there by somebody else.
    const count = await upstash.send(command).then(Number, () => NaN)
    return { visits: Number.isSafeInteger(count) ? count : null, upstash: upstash.state }
  }
}

export default visits
