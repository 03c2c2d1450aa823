/**
 * One promise that every implementation of an interface keeps. It knows no test runner: give `name` and `run` to yours.
 * `run` rejects with an `AssertionError` of `node:assert` where the promise is broken.
 */
export interface ContractCase {
  readonly name: string
  run (): Promise<void>
}
