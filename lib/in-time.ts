/** What a promise answers, or undefined where that takes longer than a number of milliseconds. */
export async function inTime<T> (ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => { timer = setTimeout(() => resolve(undefined), ms) })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
