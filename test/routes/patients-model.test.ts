import { fork } from 'node:child_process'
import { once } from 'node:events'
import tap, { test, type Test } from 'tap'
import { CacheModel } from '../cache-model.ts'
import { startDatabase } from '../database.ts'
import { startLocal } from '../local.ts'
import { Random } from '../random.ts'

// Two processes serve one database through one Redis. What one writes, its own replies have at once, and the other's within its staleness.

tap.setTimeout(180_000)

const OPERATIONS = 600
/** Who asks at once. */
const PLAYERS = 6
const IDS = [3, 6, 9, 12]
/** Stands for what a list has: its version is how many are in it. */
const LIST = 'list'
/** `MODEL_SEEDS=4,5` in the environment plays others. */
const SEEDS = (process.env['MODEL_SEEDS'] ?? '1').split(',').map(Number)

const { url: databaseUrl, query } = await startDatabase(tap)

interface Row { readonly id: number, readonly phone: string }

/** A process, and what its replies are judged by. */
class Server {
  readonly name: string
  hits = 0
  readonly #url: string
  readonly #model: CacheModel
  readonly #lag: number
  readonly #cookie: string

  private constructor (name: string, url: string, model: CacheModel, lag: number, cookie: string) {
    this.name = name
    this.#url = url
    this.#model = model
    this.#lag = lag
    this.#cookie = cookie
  }

  static async start (t: Test, name: string, model: CacheModel, { url, token }: { url: string, token: string }, staleness: number): Promise<Server> {
    // One secret, as processes of one app have.
    const env = { ...process.env, COOKIE_SECRET: 'the same for both, and long enough' }
    const child = fork(new URL('patients-child.ts', import.meta.url), [url, token, databaseUrl, String(staleness)], { env })
    t.after(async () => {
      child.disconnect()
      await once(child, 'exit')
    })
    const [address] = await once(child, 'message') as [string]
    const reply = await fetch(`${address}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"Ann"}' })
    return new Server(name, address, model, staleness * 1_000, String(reply.headers.get('set-cookie')).split(';')[0] ?? '')
  }

  async one (id: number): Promise<void> {
    const at = performance.now()
    const { patient } = await this.#ask<{ patient: Row }>(`/patients/${id}`)
    this.#saw(at, patient)
  }

  async all (): Promise<void> {
    const at = performance.now()
    const { patients } = await this.#ask<{ patients: Row[] }>('/patients?search=modelled')
    if (patients.length !== IDS.length) this.#model.problems.push(`${this.name} listed ${patients.length} patients`)
    for (const patient of patients) this.#saw(at, patient)
  }

  async count (): Promise<void> {
    const at = performance.now()
    const { total } = await this.#ask<{ total: number }>('/patients?search=added')
    this.#model.saw({ by: this.name, at, id: LIST, version: total, lag: this.#lag })
  }

  async change (id: number): Promise<void> {
    await this.#write(String(id), version => this.#ask(`/patients/${id}`, 'PATCH', { phone: String(version) }))
  }

  async add (): Promise<void> {
    await this.#write(LIST, version => this.#ask('/patients', 'POST', { name: `Added ${version}`, born: '2000-01-01', phone: '' }))
  }

  #saw (at: number, { id, phone }: Row): void {
    this.#model.saw({ by: this.name, at, id: String(id), version: Number(phone), lag: this.#lag })
  }

  async #write (row: string, write: (version: number) => Promise<{ invalidated: { seenEverywhere: boolean } }>): Promise<void> {
    const written = await this.#model.write([row])
    const { invalidated } = await write(written.versions[row] ?? 0)
    this.#model.invalidated({ by: this.name, at: performance.now(), written, acknowledged: { [row]: invalidated.seenEverywhere } })
  }

  async #ask<Reply> (path: string, method = 'GET', body?: object): Promise<Reply> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const reply = await fetch(this.#url + path, { method, ...content, headers: { cookie: this.#cookie, 'content-type': 'application/json' } })
    if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status} ${await reply.text()}`)
    if (reply.headers.get('cache-status')?.endsWith('hit') === true) this.hits++
    return await reply.json() as Reply
  }
}

for (const staleness of [0, 0.2]) {
  for (const seed of SEEDS) {
    test(`no reply of two processes is later than a staleness of ${staleness} s allows (seed ${seed})`, async t => {
      await query("delete from clinic.patients where name like 'Added %'")
      await query("update clinic.patients set name = 'Modelled ' || id, phone = '0' where id = any($1::integer[])", [IDS])
      const random = new Random(seed)
      const model = new CacheModel([...IDS.map(String), LIST])
      const local = await startLocal(t)
      const servers = [await Server.start(t, 'A', model, local, staleness), await Server.start(t, 'B', model, local, staleness)]
      let left = OPERATIONS
      await Promise.all(Array.from({ length: PLAYERS }, async () => {
        while (left-- > 0) {
          const [server, id, dice] = [random.pick(servers), random.pick(IDS), random.number()]
          if (dice < 0.45) await server.one(id)
          else if (dice < 0.65) await server.all()
          else if (dice < 0.8) await server.count()
          else if (dice < 0.97) await server.change(id)
          else await server.add()
        }
      }))
      t.same(model.problems, [])
      // Otherwise it was no test of a cache.
      t.ok(model.reads > OPERATIONS)
      for (const { name, hits } of servers) t.ok(hits > OPERATIONS / 20, `${name} served ${hits} from the cache`)
      t.comment(`${model.reads} reads, of which ${model.late} were late as promised`)
      const { versions } = await model.write([])
      const rows = await query('select id::text, phone from clinic.patients where id = any($1::integer[])', [IDS])
      const [{ added }] = await query("select count(*)::integer as added from clinic.patients where name like 'Added %'")
      t.same(versions, { ...Object.fromEntries(rows.map(({ id, phone }) => [id, Number(phone)])), [LIST]: added }, 'the model is what the database has')
    })
  }
}

tap.end()
