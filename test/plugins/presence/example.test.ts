import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { get, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { test, type Test } from 'tap'
import { Deferred } from '../../../contracts/expect.ts'
import { turn } from './presence.ts'

/** What the example's hook, and its look-up of the user, are made to wait for. */
interface Waits { hook?: (request: FastifyRequest) => Promise<unknown>, user?: (request: FastifyRequest) => Promise<unknown> }

const ROOT = new URL('../../../', import.meta.url)
let started = 0

/** The example of docs/presence.md, with no grace and a quick comment to wait for, and two places at which a test makes it wait. */
async function startExample (t: Test, waits: Waits = {}): Promise<{ app: FastifyInstance, connect: () => Promise<IncomingMessage>, leave: () => void }> {
  const page = await readFile(new URL('docs/presence.md', ROOT), 'utf8')
  let [, example = ''] = /^```ts\n(.*?)^```/ms.exec(page) ?? []
  for (const [part, replacement] of [
    [/'fastify-upstash\/([^']+)'/g, (_: string, name: string) => `'${new URL(`plugins/${name}/index.ts`, ROOT).href}'`],
    [/^app\.get\('\/rooms/m, "app.addHook('preHandler', async request => { await waits.hook?.(request) })\n$&"],
    [/await Promise\.resolve\('ann'\)/, "(await waits.user?.(request), 'ann')"],
    [/logger: true/, 'logger: false'], [/port: 3000/, 'port: 0'], [/grace: 5000/, 'grace: 0'], [/20_000/, '5'], [/^console\.log.*$/gm, '']
  ] as Array<[RegExp, string]>) {
    t.match(example, part)
    example = example.replace(part, replacement)
  }
  const folder = new URL('.tap/examples/', ROOT)
  await mkdir(folder, { recursive: true })
  const file = new URL(`presence-${++started}.ts`, folder)
  await writeFile(file, `export const waits: Record<string, (request: unknown) => Promise<unknown>> = {}\n${example}\nexport { app }\n`)
  const { app, waits: places } = await import(file.href) as { app: FastifyInstance, waits: Waits }
  Object.assign(places, waits)
  t.after(() => app.close())
  const request = () => get({ port: (app.server.address() as AddressInfo).port, path: '/rooms/ward' })
  let client: ReturnType<typeof request> | undefined
  return {
    app,
    connect: async () => {
      client = request()
      const [response] = await once(client, 'response') as [IncomingMessage]
      return response.setEncoding('utf8')
    },
    leave: () => { client?.destroy() }
  }
}

for (const place of ['hook', 'user'] as const) {
  test(`who leaves while the ${place === 'hook' ? 'route’s hooks wait' : 'handler waits'} is never present`, async t => {
    const served = new Deferred<void>()
    const { app, connect, leave } = await startExample(t, {
      [place]: async ({ raw }: FastifyRequest) => {
        leave()
        await once(raw.socket, 'close')
        // The route goes on right after this.
        setImmediate(served.resolve)
      }
    })
    const ward = app.presence.watch('ward', { signal: AbortSignal.timeout(30_000) })[Symbol.asyncIterator]()
    await ward.next()
    await t.rejects(connect(), { code: 'ECONNRESET' })
    await served.promise
    await turn()
    t.match(app.presence.stats(), { connections: 1, watches: { open: 1 } }, 'those of bob and of this test')
    app.presence.connect({ userId: 'cleo', room: 'ward' })
    t.match(await ward.next(), { value: { type: 'join', member: { userId: 'cleo' } } }, 'nobody came before')
  })
}

test('who leaves while his stream is open is present until then', async t => {
  const { app, connect, leave } = await startExample(t)
  const ward = app.presence.watch('ward', { signal: AbortSignal.timeout(30_000) })[Symbol.asyncIterator]()
  await ward.next()
  const response = await connect()
  response.on('error', () => {})
  t.match(await ward.next(), { value: { type: 'join', member: { userId: 'ann' } } })
  leave()
  t.match(await ward.next(), { value: { type: 'leave', userId: 'ann' } })
  t.match(app.presence.stats(), { connections: 1, watches: { open: 1 } })
})

test('a quiet stream has its headers at once and a comment every now and then, until the app closes', async t => {
  const { app, connect } = await startExample(t)
  const response = await connect()
  t.match(response.headers, { 'content-type': 'text/event-stream' })
  let text = ''
  for await (const chunk of response) {
    const before = text
    text += String(chunk)
    // The end of the app is the end of the stream, and so of this loop.
    if (/data:.*\n\n:\n\n:\n\n/.test(text) && !/data:.*\n\n:\n\n:\n\n/.test(before)) app.close().catch(error => t.fail(error))
  }
  t.match(text, /^:\n\nid: [\w-]+\ndata: \{"type":"snapshot".*\}\n\n(:\n\n)+$/)
})
