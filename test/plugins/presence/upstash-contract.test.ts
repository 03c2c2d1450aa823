import { test } from 'tap'
import { presenceContract } from '../../../contracts/presence.ts'
import { startLocal } from '../../local.ts'
import { startUpstash } from './upstash.ts'

const BACKLOG = 8

test('presence through Redis keeps the contract', async t => {
  const local = await startLocal(t)
  const create = async () => {
    await local.flush()
    const { app, presence } = await startUpstash(t, local, { grace: 250, window: 5, backlog: BACKLOG })
    return { presence, backlog: BACKLOG, close: async () => await app.close() }
  }
  for (const { name, run } of presenceContract({ create, knowsOthers: true })) await t.test(name, async t => { await t.resolves(run()) })
})
