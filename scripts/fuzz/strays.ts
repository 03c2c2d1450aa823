import { setImmediate as turn } from 'node:timers/promises'

const strays: unknown[] = []
for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, error => strays.push(error))

/** Throws where something was thrown since the last look that nobody caught: that would end an app. */
export async function nothingStray (): Promise<void> {
  await turn()
  const [stray] = strays.splice(0)
  if (stray !== undefined) throw new Error(`nobody caught ${stray instanceof Error ? stray.stack : String(stray)}`)
}
