/**
 * One promise that every implementation of an interface keeps. It knows no test runner: give `name` and `run` to yours.
 * `run` rejects with an `AssertionError` of `node:assert` where the promise is broken.
 */
export interface ContractCase {
  readonly name: string
  run (): Promise<void>
}

/** A case as a suite writes it down: what it asks of its subject. */
export interface SubjectCase<Subject> {
  readonly name: string
  check (subject: Subject): Promise<void>
}

export interface Suite<Subject> {
  readonly cases: ReadonlyArray<SubjectCase<Subject>>
  /** Called once for each case, as is `close`, whether the case holds or not. */
  create (): Promise<{ readonly subject: Subject, readonly close?: (() => Promise<void>) | undefined }>
}

/** Cases with a subject of its own each. */
export function contractCases<Subject> ({ cases, create }: Suite<Subject>): ContractCase[] {
  return cases.map(({ name, check }) => ({
    name,
    async run () {
      const { subject, close } = await create()
      try {
        await check(subject)
      } catch (failure) {
        // A close that fails as well, as a rule for the same reason, must not hide it.
        try { await close?.() } catch {}
        throw failure
      }
      await close?.()
    }
  }))
}
