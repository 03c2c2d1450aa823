/** The most that is shown of a failure. */
const LINES = 25

/** Named checks, one line of output each, and their count. */
export class Report {
  #passed = 0
  #failed = 0

  /** Runs a check. What it throws is its failure. */
  async check (name: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
      this.#passed++
      console.log(`ok      ${name}`)
    } catch (error) {
      this.#failed++
      const reason = error instanceof Error ? error.message : String(error)
      console.log(`not ok  ${name}`)
      for (const line of reason.split('\n').slice(0, LINES)) this.note(line)
    }
  }

  note (text: string): void {
    console.log(`        ${text}`)
  }

  /** The closing line. Answers the exit code. */
  close (): number {
    console.log(`${this.#passed} passed, ${this.#failed} failed`)
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1
  }
}
