import { element } from './element.js'
import { roundUp } from './scale.js'
import { count, dayText } from './words.js'

const NAMESPACE = 'http://www.w3.org/2000/svg'

/** A column a day, from zero. */
export function drawColumns (svg, days) {
  const top = roundUp(Math.max(1, ...days.map(({ visits }) => visits)))
  const width = 100 / days.length
  const lines = [0, 0.5, 1].flatMap(share => {
    const y = `${100 - share * 90}%`
    return [draw('line', { class: 'grid', x1: 0, x2: '100%', y1: y, y2: y }), draw('text', { x: -8, y, dy: 4 }, count(top * share))]
  })
  const columns = days.map(({ day, visits }, index) => draw('rect', {
    class: 'mark',
    x: `${(index + 0.14) * width}%`,
    y: `${100 - visits / top * 90}%`,
    width: `${width * 0.72}%`,
    height: `${visits / top * 90}%`
  }, draw('title', {}, `${dayText(day)}: ${count(visits)} visits`)))
  svg.replaceChildren(...lines, ...columns)
}

/** Rows of a table: a name, a bar, and numbers, of which the first is the bar's length. */
export function drawBars (body, rows) {
  const longest = Math.max(1, ...rows.map(({ numbers }) => numbers[0]))
  body.replaceChildren(...rows.map(({ name, note, numbers }) => element('tr', {},
    element('th', { scope: 'row' }, name, note === undefined ? '' : element('small', {}, note)),
    element('td', { class: 'length' }, draw('svg', { 'aria-hidden': 'true', focusable: 'false' },
      draw('rect', { class: 'mark', width: `${numbers[0] / longest * 100}%`, height: '100%', rx: 3 }))),
    ...numbers.map(number => element('td', { class: 'number' }, count(number)))
  )))
}

function draw (name, attributes, ...children) {
  const drawn = document.createElementNS(NAMESPACE, name)
  for (const [attribute, value] of Object.entries(attributes)) drawn.setAttribute(attribute, value)
  drawn.append(...children)
  return drawn
}
