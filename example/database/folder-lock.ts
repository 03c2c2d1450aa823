import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'

/**
 * Takes a folder for this process alone, since two on one folder would damage it. Answers what gives it back; rejects where another process
 * has it. By a socket, which ends with its process, however that ends; the id of a process in a file may be another's by the next look.
 */
export async function holdFolder (folder: string): Promise<() => void> {
  const path = join(folder, 'process')
  for (;;) {
    const server = createServer(asker => { asker.on('error', () => {}).end(String(process.pid)) }).listen(path)
    try {
      await once(server, 'listening')
      return () => { server.close() }
    } catch (error) {
      if (Object(error).code !== 'EADDRINUSE') throw error
      const holder = await holderOf(path)
      if (holder !== undefined) throw new Error(`process ${holder} uses the folder: end it, or give this app another with DATABASE_FOLDER, or both a server with DATABASE_URL`)
      // It ended without giving it back.
      rmSync(path, { force: true })
    }
  }
}

/** The id of the process that listens, if one does. */
async function holderOf (path: string): Promise<string | undefined> {
  try {
    return (await connect(path).setEncoding('utf8').toArray()).join('')
  } catch {
    return undefined
  }
}
