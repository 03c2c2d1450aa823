import type { Owner } from '../../test/owner.ts'

/** Does something with what is ended after it, the last first, whatever became of it. */
export async function scoped<T> (act: (owner: Owner) => Promise<T>): Promise<T> {
  const ends: Array<() => unknown> = []
  try {
    return await act({ after: end => ends.push(end) })
  } finally {
    for (const end of ends.reverse()) await end()
  }
}
