import { element } from './element.js'

const LONGEST = 50
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** A line of what happened, which a screen reader says. */
export function tell (log, text, time = Date.now()) {
  log.append(element('li', {}, element('time', { datetime: new Date(time).toISOString() }, clock.format(time)), element('span', {}, text)))
  if (log.children.length > LONGEST) log.firstElementChild.remove()
  log.scrollTop = log.scrollHeight
}
