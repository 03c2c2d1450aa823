import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../example/database/embedded.ts'
import { WORKSPACES, type Workspace } from '../../example/identity.ts'
import { ExampleApp } from './example-app.ts'
import { REPORT, timeless, type Surroundings } from './steps.ts'
import { Visitor, type Patient } from './visitor.ts'

const CONNECTIONS = 50
const PRESENT = 2
/** Of patients, 20 a page: one is asked for with each trouble. */
const PAGES = 10

/** A user who has signed in. */
export interface User { readonly id: string, readonly workspace: Workspace, readonly cookie: string }

/** What outlives the apps of a run: the database, who has signed in, and what the right answers are. */
export interface World {
  readonly databaseUrl: string
  readonly visitors: readonly Visitor[]
  readonly surroundings: Surroundings
  /** Who are to be seen in a room. */
  readonly present: readonly User[]
  /** Who asks for patients whom nobody has asked for yet. */
  readonly newcomer: User
  /** Patients whom nobody has asked for yet, each in the newcomer's workspace. */
  readonly unread: number[]
  close (): Promise<void>
}

export async function openWorld (): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'faults-'))
  const database = startEmbedded(folder)
  const databaseUrl = await database.url
  const app = await ExampleApp.start(databaseUrl)
  try {
    const visitors = await Promise.all(Array.from({ length: CONNECTIONS }, (_, number) => arrive(app, number)))
    const present = await Promise.all(Array.from({ length: PRESENT }, () => signIn(app, 'north')))
    const newcomer = await signIn(app, 'north')
    const dashboards = await ofEach(app, visitors, '/dashboard')
    const reports = await ofEach(app, visitors, REPORT)
    return {
      databaseUrl,
      visitors,
      surroundings: { dashboards, reports, present: present.map(({ id }) => id) },
      present,
      newcomer,
      unread: await patientsOf(app, newcomer),
      close: async () => {
        await database.stop(1_000)
        await rm(folder, { recursive: true })
      }
    }
  } finally {
    await app.stop()
  }
}

async function signIn (app: ExampleApp, workspace: Workspace): Promise<User> {
  const reply = await app.ask('/session', { method: 'POST', body: { name: 'Ann', workspace } })
  const { id } = await reply.json() as { id: string }
  return { id, workspace, cookie: String(reply.headers.get('set-cookie')).split(';')[0] ?? '' }
}

async function arrive (app: ExampleApp, number: number): Promise<Visitor> {
  const { cookie, workspace } = await signIn(app, WORKSPACES[number % WORKSPACES.length] ?? 'north')
  const reply = await app.ask('/patients', { method: 'POST', cookie, body: { name: `Of visitor ${number}.`, born: '2000-02-29', phone: '0' } })
  const { patient } = await reply.json() as { patient: Patient }
  return new Visitor({ number, cookie, workspace, patient })
}

async function patientsOf (app: ExampleApp, { cookie }: User): Promise<number[]> {
  const pages = await Promise.all(Array.from({ length: PAGES }, (_, index) => app.ask(`/patients?page=${index + 1}`, { cookie })))
  const lists = await Promise.all(pages.map(async page => (await page.json() as { patients: Patient[] }).patients))
  return lists.flat().map(({ id }) => id)
}

/** What visitors of each workspace are to be answered. */
async function ofEach (app: ExampleApp, visitors: readonly Visitor[], path: string): Promise<Record<Workspace, string>> {
  const answers = await Promise.all(WORKSPACES.map(async workspace => {
    const cookie = visitors.find(visitor => visitor.workspace === workspace)?.cookie
    return [workspace, timeless(await (await app.ask(path, { cookie })).text())] as const
  }))
  return Object.fromEntries(answers) as Record<Workspace, string>
}
