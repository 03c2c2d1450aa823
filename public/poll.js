import { figures } from './api.js'

/** Milliseconds. */
const INTERVAL = 5000

/** Asks /status from now on and hands on what it answers, undefined where nothing; stops while nobody looks. Answers what ends it. */
export function pollFigures (take) {
  let timer
  let turn = 0
  const end = () => {
    clearTimeout(timer)
    turn++
  }
  const ask = async () => {
    const mine = turn
    const status = await figures().catch(() => undefined)
    // Ended, or begun anew, while it was asked.
    if (mine !== turn) return
    take(status)
    timer = setTimeout(ask, INTERVAL)
  }
  const begin = () => {
    end()
    if (!document.hidden) ask()
  }
  document.addEventListener('visibilitychange', begin)
  begin()
  return () => {
    document.removeEventListener('visibilitychange', begin)
    end()
  }
}
