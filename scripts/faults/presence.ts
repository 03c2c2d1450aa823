import { setTimeout as delay } from 'node:timers/promises'
import type { ExampleApp } from './example-app.ts'
import { ROOM } from './steps.ts'
import type { User } from './world.ts'

/** Opens a stream of each user, anew where one ends, and resolves when all are seen. Answers what closes them. */
export async function bePresent (app: ExampleApp, users: readonly User[]): Promise<() => void> {
  const leaving = new AbortController()
  for (const { cookie } of users) listen(app, cookie, leaving.signal)
  const [{ cookie } = { cookie: '' }] = users
  const seen = async () => await (await app.ask(`/presence/${ROOM}`, { cookie })).text()
  for (let text = ''; !users.every(({ id }) => text.includes(id)); text = await seen()) await delay(20)
  return () => leaving.abort()
}

async function listen (app: ExampleApp, cookie: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { body } = await app.ask(`/presence/${ROOM}/stream`, { cookie, signal })
      await body?.pipeTo(new WritableStream())
    } catch {} // It has ended, by us or by itself.
  }
}
