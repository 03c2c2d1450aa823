import { byId, element } from './element.js'
import { paths, Rates } from './rates.js'
import { savings } from './savings.js'
import { count, duration } from './words.js'

/** The live figures of the server process, of each /status that comes. */
export class Figures {
  #billed = new Rates()
  #roundTrips = new Rates()

  take (status) {
    const known = status !== undefined
    byId('figures-message').textContent = known ? '' : 'The figures cannot be had now: these are of before.'
    byId('figures').dataset.state = known ? 'ready' : 'error'
    if (!known) return
    this.#takeClient(status.plugins['upstash-client'])
    showSavings(savings(status))
  }

  #takeClient ({ stats }) {
    const now = performance.now()
    const billed = stats === undefined ? 0 : this.#billed.read(stats.billedCommands, now)
    const roundTrips = stats === undefined ? 0 : this.#roundTrips.read(stats.roundTrips, now)
    if (billed !== undefined) byId('price-now').textContent = count(billed)
    if (roundTrips !== undefined) byId('round-trips').textContent = count(roundTrips)
    if (stats === undefined) byId('chart-text').textContent = 'Without Redis, nothing is billed'
    else if (billed !== undefined) drawPrice(this.#billed.points, billed, now)
  }
}

function drawPrice (points, rate, now) {
  const chart = byId('chart')
  const drawn = paths(points, { width: 300, height: 80, now })
  chart.querySelector('.line').setAttribute('d', drawn.line)
  chart.querySelector('.area').setAttribute('d', drawn.area)
  byId('chart-top').textContent = `top of the chart: ${count(drawn.top)}`
  byId('chart-text').textContent = `Now ${count(rate)} billed commands a minute, at most ${count(drawn.top)} in the last five minutes`
}

function showSavings (found) {
  byId('hit-ratio').textContent = found.ratio === undefined ? '–' : `${count(found.ratio * 100, 1)} %`
  byId('reads').textContent = `of ${count(found.reads)} reads`
  showCost('with', found.with, found.without)
  showCost('without', found.without, found.without)
  byId('spared').textContent = duration(found.without.milliseconds - found.with.milliseconds)
  byId('savings').replaceChildren(...found.rows.map(({ name, reads, fromCache, loads, ran, saved }) => element('tr', {},
    element('th', { scope: 'row' }, name),
    ...[count(reads), count(fromCache), count(loads), count(ran.queries), duration(ran.milliseconds), count(saved.queries), duration(saved.milliseconds)]
      .map(text => element('td', { class: 'number' }, text)))))
}

function showCost (name, { queries, milliseconds }, { milliseconds: longest }) {
  byId(`${name}-bar`).setAttribute('width', `${longest === 0 ? 0 : Math.max(0.5, milliseconds / longest * 100)}%`)
  byId(`${name}-cost`).textContent = `${duration(milliseconds)}, ${count(queries)} ${Math.round(queries) === 1 ? 'query' : 'queries'}`
}
