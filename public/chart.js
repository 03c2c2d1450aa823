import { figures } from './api.js'
import { byId } from './element.js'
import { paths, Rates } from './rates.js'

const INTERVAL = 3000

/** Draws billed commands a minute, asking /status. Answers what ends it. */
export function drawPrice () {
  const rates = new Rates()
  const [now, chart, text, top] = ['price-now', 'chart', 'chart-text', 'chart-top'].map(byId)

  const draw = async () => {
    // Who does not look need not ask.
    if (document.hidden) return
    const client = await figures().then(({ plugins }) => plugins['upstash-client'], () => undefined)
    if (client?.stats === undefined) {
      text.textContent = client === undefined ? 'The figures cannot be had now' : 'Without Redis, nothing is billed'
      now.textContent = client === undefined ? '–' : '0'
      return
    }
    const rate = rates.read(client.stats.billedCommands, performance.now())
    const drawn = paths(rates.points, { width: 300, height: 80, now: performance.now() })
    chart.querySelector('.line').setAttribute('d', drawn.line)
    chart.querySelector('.area').setAttribute('d', drawn.area)
    if (rate === undefined) return
    now.textContent = String(Math.round(rate))
    top.textContent = `top of the chart: ${Math.round(drawn.top)}`
    text.textContent = `Now ${Math.round(rate)} billed commands a minute, at most ${Math.round(drawn.top)} in the last five minutes`
  }

  const timer = setInterval(draw, INTERVAL)
  draw()
  return () => clearInterval(timer)
}
