import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of package.json. This file runs in the sources and, compiled, a folder deeper in dist/, where tsc puts nothing but modules. */
export function projectRoot (): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}
