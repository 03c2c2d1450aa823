import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkTypes } from './consumer/check-types.ts'
import { ConsumerProject, succeeds } from './consumer/project.ts'
import { Report } from './report.ts'

// The package as others get it: packed, installed into a project of theirs without any scripts, and used there from processes of its own.
// `--sbom FILE` keeps the list of what such a project got.

interface Manifest { name: string, engines: { node: string }, dependencies: Record<string, string>, devDependencies: Record<string, string>, peerDependencies: Record<string, string> }

const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as Manifest
const CREDENTIALS = { UPSTASH_REDIS_REST_URL: 'https://example.upstash.io', UPSTASH_REDIS_REST_TOKEN: 'not-to-be-shown' }

const { values: { sbom } } = parseArgs({ options: { sbom: { type: 'string' } } })
const report = new Report()
const project = await ConsumerProject.create(new URL('consumer/files/', import.meta.url))
try {
  const tarball = await pack()
  await project.install(...['fastify', '@fastify/env', 'typescript', '@types/node'].map(versioned))
  await checkInstallation(tarball)
  await checkSbom()
  await checkSettings()
  await checkSubpaths()
  await checkTypes(project, report)
  await checkLocal()
  await checkOtherNodes()
  await checkOldestFastify(tarball)
} catch (error) {
  await report.check('the checks run to their end', () => Promise.reject(error))
} finally {
  await project.remove()
}
process.exitCode = report.close()

/** A package with the range that this project has for it. */
function versioned (name: string): string {
  return `${name}@${manifest.devDependencies[name] ?? manifest.dependencies[name] ?? manifest.peerDependencies[name]}`
}

/** Answers the tarball's path. Builds first, as publishing does. */
async function pack (): Promise<string> {
  await succeeds(project.run('npm', ['pack', '--pack-destination', project.folder, join(import.meta.dirname, '..')]))
  const file = (await readdir(project.folder)).find(name => name.endsWith('.tgz'))
  if (file === undefined) throw new Error('npm pack made no tarball')
  return file
}

async function checkInstallation (tarball: string): Promise<void> {
  const before = { packages: await project.packages(), size: await project.size() }
  await project.install(`./${tarball}`)
  const packages = await project.packages()
  const added = packages.filter(name => !before.packages.includes(name))

  await report.check('fastify is there once, and it is the app\'s', async () => {
    const copies = packages.filter(name => name.endsWith('node_modules/fastify'))
    if (copies.join() !== 'node_modules/fastify') throw new Error(copies.join('\n'))
  })
  await report.check('neither optional peers nor development tools are installed', async () => {
    const unwanted = [...Object.keys(manifest.peerDependencies), ...Object.keys(manifest.devDependencies)]
    const found = added.filter(folder => unwanted.includes(folder.replace(/^.*node_modules\//, '')))
    if (found.length > 0) throw new Error(found.join('\n'))
  })
  await report.check('the package has the plugins and the local endpoint in it, and nothing of the example app', async () => {
    const entries = await readdir(join(project.folder, 'node_modules', manifest.name, 'dist'))
    const expected = /^(contracts|index\..*|lib|local|plugins)$/
    if (!entries.includes('plugins') || !entries.every(entry => expected.test(entry))) throw new Error(entries.join('\n'))
  })
  const kibibytes = Math.round((await project.size() - before.size) / 1024)
  report.note(`beside fastify and @fastify/env it adds ${added.length} packages, itself included, and ${kibibytes} KiB`)
}

/** Made of an install: in this tree `npm sbom --omit dev` leaves out what tools for development use as well. */
async function checkSbom (): Promise<void> {
  await report.check('npm sbom names each dependency with its version', async () => {
    const text = await succeeds(project.run('npm', ['sbom', '--sbom-format', 'cyclonedx']))
    const { components } = JSON.parse(text) as { components: Array<{ name: string, version: string }> }
    const missing = [manifest.name, ...Object.keys(manifest.dependencies)].filter(name => !components.some(component => component.name === name && component.version !== ''))
    if (missing.length > 0) throw new Error(missing.join('\n'))
    if (sbom !== undefined) await writeFile(sbom, text)
  })
}

async function checkSettings (): Promise<void> {
  for (const [file, kind] of [['own-settings-esm.mjs', 'import'], ['own-settings-commonjs.cjs', 'require()']] as const) {
    for (const order of ['theirs-first', 'ours-first']) {
      for (const [credentials, upstash] of [[CREDENTIALS, 'a client'], [{}, 'null']] as const) {
        await report.check(`${kind}, ${order}: config and getEnvs() stay the app's own, and fastify.upstash is ${upstash}`,
          () => succeeds(project.node(file, [order], { APP_NAME: 'shop', ...credentials })))
      }
    }
  }
}

async function checkSubpaths (): Promise<void> {
  await report.check('import: the subpaths lead to the same plugins as the package', () => succeeds(project.node('subpaths-esm.mjs')))
  await report.check('require(): the subpaths lead to the same plugins as the package', () => succeeds(project.node('subpaths-commonjs.cjs')))
}

async function checkLocal (): Promise<void> {
  await report.check('./local without its optional peers names the line that installs them', () => succeeds(project.node('local-alone.mjs')))
  await project.install(...Object.keys(manifest.peerDependencies).filter(name => name !== 'fastify').map(versioned))
  await report.check('./local with its optional peers serves the client, and the process ends', () => succeeds(project.node('local-round-trip.mjs')))
  await report.check('the command fastify-upstash-local says how it is used', async () => {
    const help = await succeeds(project.run(join(project.folder, 'node_modules/.bin/fastify-upstash-local'), ['--help']))
    if (!help.includes('--port')) throw new Error(help)
  })
}

/** The oldest Node that the package admits, and the newest that there is, from npm's packages of Node itself. */
async function checkOtherNodes (): Promise<void> {
  const system = `node-${process.platform}-${process.arch}`
  const oldest = `${manifest.engines.node.replace('>=', '')}.0`
  const newest = (await succeeds(project.run('npm', ['view', 'node', 'version']))).trim()
  for (const version of [oldest, newest]) {
    await report.check(`Node ${version} imports and requires every export, and runs the plugins`, async () => {
      await project.install(`node-${version}@npm:${system}@${version}`)
      const binary = join(project.folder, `node_modules/node-${version}/bin/node`)
      if ((await succeeds(project.run(binary, ['--version']))) !== `v${version}`) throw new Error('this is another Node')
      await succeeds(project.node('subpaths-esm.mjs', [], {}, binary))
      await succeeds(project.node('subpaths-commonjs.cjs', [], {}, binary))
      for (const file of ['own-settings-esm.mjs', 'own-settings-commonjs.cjs']) await succeeds(project.node(file, ['ours-first'], { APP_NAME: 'shop', ...CREDENTIALS }, binary))
      await succeeds(project.node('local-round-trip.mjs', [], {}, binary))
    })
  }
}

async function checkOldestFastify (tarball: string): Promise<void> {
  const oldest = manifest.peerDependencies['fastify']?.replace(/^\^/, '')
  // The range of the peer is a promise too, and tests on the newest version do not keep it.
  await report.check(`fastify ${oldest}, the oldest that the package admits, runs the plugins`, async () => {
    await project.install(`fastify@${oldest}`, `./${tarball}`)
    await succeeds(project.node('own-settings-esm.mjs', ['ours-first'], { APP_NAME: 'shop' }))
    await succeeds(project.node('subpaths-esm.mjs'))
    await succeeds(project.node('local-round-trip.mjs'))
  })
}
