import createError from '@fastify/error'
import { Ajv } from 'ajv'

/** An option of a plugin is unknown or has a value that it cannot have. Thrown at registration, so the boot fails. */
export class InvalidOptionError extends createError<'FST_UPSTASH_INVALID_OPTION', 500, [plugin: string, complaints: string]>(
  'FST_UPSTASH_INVALID_OPTION', '%s: %s', 500) {}

/** Options as a check answers them: each with its default where none was given. */
export type WithDefaults<Options> = { [Name in keyof Options]-?: Exclude<Options[Name], undefined> }

// Fastify and autoload hand these to every plugin along with its own options.
const FOREIGN = new Set(['prefix', 'logLevel', 'logSerializers'])

const ajv = new Ajv({ allErrors: true, useDefaults: true })

/**
 * Compiles the schemas of a plugin's options into a check that answers them with defaults filled in, or throws an
 * `InvalidOptionError` that names each one at fault. Every option is known: a misspelt one would do nothing in silence.
 */
export function optionsCheck<Options extends object> (plugin: string, properties: Record<keyof Options, object>): (given: object) => Options {
  const validate = ajv.compile<Options>({ type: 'object', properties })
  return given => {
    const own = Object.fromEntries(Object.entries(given).filter(([name, value]) => !FOREIGN.has(name) && value !== undefined))
    const unknown = Object.keys(own).filter(name => !Object.hasOwn(properties, name))
    if (unknown.length > 0) throw new InvalidOptionError(plugin, `unknown option ${unknown.join(', ')}`)
    if (validate(own)) return own
    throw new InvalidOptionError(plugin, ajv.errorsText(validate.errors, { dataVar: 'option', separator: '; ' }).replaceAll('option/', 'option '))
  }
}
