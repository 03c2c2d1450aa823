/** What `DISABLE_BACKGROUND_JOBS` says. */
export interface BackgroundJobs {
  readonly disabled: boolean
  /** `default`: the variable is missing, empty or not understood, so `disabled` is true. */
  readonly source: 'environment' | 'default'
  /** What is wrong, without the value. Missing where nothing is. */
  readonly problem?: string
  /** The beginning of a value that was not understood, for a log line and nothing else: it may be a secret in the wrong place. */
  readonly found?: string
}

const MAX_FOUND = 16

const MEANINGS = new Map([
  ['true', true], ['1', true], ['yes', true], ['on', true],
  ['false', false], ['0', false], ['no', false], ['off', false]
])

/** Never an error: a mistyped switch must not keep the app from starting. The plugin that it is for tells the problem. */
export function readBackgroundJobs (value: string): BackgroundJobs {
  const word = value.trim()
  const disabled = MEANINGS.get(word.toLowerCase())
  if (disabled !== undefined) return { disabled, source: 'environment' }
  if (word === '') return { disabled: true, source: 'default' }
  const problem = `DISABLE_BACKGROUND_JOBS is none of ${[...MEANINGS.keys()].join(', ')}`
  return { disabled: true, source: 'default', problem, found: word.length > MAX_FOUND ? `${word.slice(0, MAX_FOUND)}…` : word }
}
