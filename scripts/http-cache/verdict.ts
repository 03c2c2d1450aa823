import type { Results, SuiteTest } from './suite.ts'

/** What became of the required tests. */
export interface Verdict {
  passed: string[]
  /** Failed, with a known reason. */
  explained: string[]
  /** Failed, with what the suite says of it. */
  unexplained: Map<string, string>
  /** Passed, but known as failing. */
  outdated: string[]
}

export function judge (tests: readonly SuiteTest[], results: Results, known: Readonly<Record<string, string>>): Verdict {
  const required = ofKind(tests, 'required')
  const passed = passing(tests, results)
  const failed = required.filter(id => !passed.has(id))
  return {
    passed: required.filter(id => passed.has(id)),
    explained: failed.filter(id => id in known),
    unexplained: new Map(failed.filter(id => !(id in known)).map(id => [id, complaint(tests, results, id)])),
    outdated: required.filter(id => passed.has(id) && id in known)
  }
}

/** How many of a kind pass. */
export function count (tests: readonly SuiteTest[], results: Results, kind: 'required' | 'optimal'): { passed: number, total: number } {
  const ids = ofKind(tests, kind)
  const passed = passing(tests, results)
  return { passed: ids.filter(id => passed.has(id)).length, total: ids.length }
}

function ofKind (tests: readonly SuiteTest[], wanted: string): string[] {
  return tests.filter(({ kind = 'required' }) => kind === wanted).map(({ id }) => id)
}

/** As the suite's own pages count: a test whose dependencies failed has not passed. */
function passing (tests: readonly SuiteTest[], results: Results): Set<string> {
  const dependencies = new Map(tests.map(({ id, depends_on: ids = [] }) => [id, ids]))
  const passes = (id: string): boolean => results[id] === true && (dependencies.get(id) ?? []).every(passes)
  return new Set(tests.map(({ id }) => id).filter(passes))
}

function complaint (tests: readonly SuiteTest[], results: Results, id: string): string {
  const result = results[id]
  if (result === undefined) return 'it was not run'
  if (result !== true) return result.join(': ')
  return `what it depends on failed: ${tests.find(test => test.id === id)?.depends_on?.filter(one => results[one] !== true).join(', ')}`
}
