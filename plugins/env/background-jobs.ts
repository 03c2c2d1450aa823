/** What `DISABLE_BACKGROUND_JOBS` says. */
export interface BackgroundJobs {
  readonly disabled: boolean
  /** `default`: the variable is missing, empty or not understood, so `disabled` is true. */
  readonly source: 'environment' | 'default'
  /** What is wrong with the value, with its beginning, and what is understood. Missing where nothing is wrong. */
  readonly problem?: string
}

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
  // Whoever swaps two variables may have put a secret here: forty characters are enough to find the mistake.
  const quoted = JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word)
  const problem = `DISABLE_BACKGROUND_JOBS is ${quoted}, which is none of ${[...MEANINGS.keys()].join(', ')}`
  return { disabled: true, source: 'default', problem }
}
