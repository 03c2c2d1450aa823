import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Installs what the lock file in a folder names, where it is missing or older: packages of one command, which nobody else is to have. */
export async function installApart (folder: URL): Promise<void> {
  // npm writes this file last.
  const [installed, wanted] = await Promise.all(['node_modules/.package-lock.json', 'package-lock.json'].map(file => changed(new URL(file, folder))))
  if (installed !== undefined && wanted !== undefined && installed >= wanted) return
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(npm, 'close')
  if (code !== 0) throw new Error(`npm ci in ${fileURLToPath(folder)} ended with ${code}`)
}

async function changed (file: URL): Promise<number | undefined> {
  return await stat(file).then(({ mtimeMs }) => mtimeMs, () => undefined)
}
