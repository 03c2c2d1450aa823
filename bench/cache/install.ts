import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'

const BENCH = new URL('../', import.meta.url)

/** Where they are missing, or older than the lock file. */
export async function installPeers (): Promise<void> {
  // npm writes this file last.
  const [installed, wanted] = await Promise.all(['node_modules/.package-lock.json', 'package-lock.json'].map(changed))
  if (installed !== undefined && wanted !== undefined && installed >= wanted) return
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(npm, 'close')
  if (code !== 0) throw new Error(`the peers could not be installed: npm ci in bench/ ended with ${code}`)
}

async function changed (file: string): Promise<number | undefined> {
  return await stat(new URL(file, BENCH)).then(({ mtimeMs }) => mtimeMs, () => undefined)
}
