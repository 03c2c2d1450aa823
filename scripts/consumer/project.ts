import { execFile, type ExecFileException } from 'node:child_process'
import { cp, lstat, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Outcome { code: number, output: string }

/** Somebody else's project, in a fresh folder. */
export class ConsumerProject {
  readonly folder: string

  private constructor (folder: string) {
    this.folder = folder
  }

  /** With the files in it that the checks run. */
  static async create (files: URL): Promise<ConsumerProject> {
    const project = new ConsumerProject(await mkdtemp(join(tmpdir(), 'fastify-upstash-consumer-')))
    await cp(files, project.folder, { recursive: true })
    await project.write('package.json', JSON.stringify({ name: 'consumer', version: '1.0.0', private: true }))
    return project
  }

  write (name: string, text: string): Promise<void> {
    return writeFile(join(this.folder, name), text)
  }

  read (name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8')
  }

  /** Throws with npm's output where it fails. */
  async install (...packages: string[]): Promise<void> {
    const { code, output } = await this.run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...packages])
    if (code !== 0) throw new Error(`npm install ${packages.join(' ')}\n${output}`)
  }

  /** `binary`: a Node other than the one that runs this. */
  node (file: string, args: string[] = [], env: Record<string, string> = {}, binary = process.execPath): Promise<Outcome> {
    return this.run(binary, [file, ...args], env)
  }

  /** Runs a program in the folder. One that does not end by itself is killed, and has failed. */
  run (program: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
    const options = { cwd: this.folder, env: { ...neutral(process.env), ...env }, timeout: 180_000 }
    return new Promise(resolve => {
      execFile(program, args, options, (error: ExecFileException | null, stdout, stderr) => {
        const fate = error?.killed === true ? '\nkilled, since it did not end' : ''
        resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}${fate}`.trim() })
      })
    })
  }

  /** Folders of the installed packages below the project, nested copies included. */
  async packages (): Promise<string[]> {
    const lock: unknown = JSON.parse(await this.read('node_modules/.package-lock.json'))
    const { packages } = lock as { packages: Record<string, unknown> }
    return Object.keys(packages)
  }

  /** Bytes of all files in `node_modules`. */
  async size (): Promise<number> {
    const entries = await readdir(join(this.folder, 'node_modules'), { recursive: true, withFileTypes: true })
    const files = await Promise.all(entries.filter(entry => entry.isFile()).map(entry => lstat(join(entry.parentPath, entry.name))))
    return files.reduce((bytes, file) => bytes + file.size, 0)
  }

  remove (): Promise<void> {
    return rm(this.folder, { recursive: true })
  }
}

/** What this shell has set for Redis or for Node must not decide what a consumer sees. */
function neutral (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(UPSTASH_|KV_|LOCAL_UPSTASH_|REDIS_URL$|NODE_OPTIONS$)/.test(name)))
}

/** The outcome of a process as a failure where it is one. */
export async function succeeds (running: Promise<Outcome>): Promise<string> {
  const { code, output } = await running
  if (code !== 0) throw new Error(output)
  return output
}
